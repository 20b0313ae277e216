package dev.millrace.ingress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that sends what no well-behaved client would. */
final class RawHttp implements AutoCloseable {
  /** The first response on a connection, and whether the server closed it afterwards. */
  record Response(int status, String text, boolean closed) {}

  private final Socket socket;

  RawHttp(int port) throws IOException {
    socket = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
  }

  static Response send(int port, String text) throws IOException {
    try (RawHttp raw = new RawHttp(port)) {
      raw.write(text);
      // Long, for a machine that is busy: a server that closes ends it at once.
      return raw.read(10_000);
    }
  }

  void write(String latin1) throws IOException {
    write(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** Reads until the server closes, or nothing came for so many milliseconds. */
  Response read(int quietMillis) throws IOException {
    socket.setSoTimeout(quietMillis);
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean closed = true;
    try {
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        received.write(buffer, 0, n);
        String text = received.toString(StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end > 0) {
          // What follows a complete response is only the end of the connection.
          socket.setSoTimeout(8000);
        }
      }
    } catch (SocketTimeoutException quiet) {
      closed = false;
    } catch (java.net.SocketException reset) {
      closed = true;
    }
    String text = received.toString(StandardCharsets.ISO_8859_1);
    int status = text.startsWith("HTTP/1.1 ") ? Integer.parseInt(text.substring(9, 12)) : 0;
    return new Response(status, text, closed);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
