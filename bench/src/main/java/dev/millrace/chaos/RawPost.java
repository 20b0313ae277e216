package dev.millrace.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/**
 * A call whose answer is read while its body is still being sent: a client that only reads when it
 * has sent everything learns nothing of why a server no longer listens.
 */
final class RawPost {
  private static final int PATIENCE_MILLIS = 60_000;

  private RawPost() {}

  /** Writes a body. */
  @FunctionalInterface
  interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Calls, and answers the status, a space, and the body.
   *
   * @param headers each with its line end
   * @throws IOException when there is no answer
   */
  static String call(URI url, String headers, Body body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      Thread sender = Thread.ofVirtual().unstarted(() -> send(socket, url, headers, body));
      sender.start();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String status = in.readLine();
      if (status == null) {
        throw new IOException("no answer");
      }
      String rest = in.lines().collect(Collectors.joining("\n"));
      return status.split(" ")[1] + " " + rest.substring(Math.max(0, rest.indexOf("\n\n")));
    }
  }

  private static void send(Socket socket, URI url, String headers, Body body) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST "
                  + url.getRawPath()
                  + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                  + "Content-Type: application/json\r\n"
                  + headers
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      body.writeTo(out);
      out.flush();
    } catch (IOException noLongerRead) {
      // The answer says why.
    }
  }
}
