package dev.millrace.standalone.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of the loopback address for servers that may have to come back on the same one. */
final class FreePort {
  /**
   * Below those that an operating system gives to outgoing connections, one of which could have the
   * port in the moment in which the server is started again.
   */
  private static final int FIRST = 20_000;

  private static final int LAST = 32_000;
  private static final int ATTEMPTS = 100;

  private FreePort() {}

  /** One that nobody listens at. */
  static int find() throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("there is no free port between " + FIRST + " and " + LAST);
  }

  static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      // As the servers bind: connections of one that just ended do not block the port.
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
