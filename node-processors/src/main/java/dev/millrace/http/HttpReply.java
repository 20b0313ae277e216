package dev.millrace.http;

import dev.millrace.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server's answer. Its body is a stream that is read once, decompressed, and limited. Belongs to
 * one thread; closing it gives the connection back.
 */
public final class HttpReply implements AutoCloseable {
  private final int status;
  private final String reason;
  private final HttpUrl url;
  private final List<HttpHeader> headers;
  private final InputStream body;
  private final long bufferedBytes;
  private final Runnable release;

  HttpReply(
      int status,
      String reason,
      HttpUrl url,
      List<HttpHeader> headers,
      InputStream body,
      long bufferedBytes,
      Runnable release) {
    this.status = status;
    this.reason = reason;
    this.url = url;
    this.headers = List.copyOf(headers);
    this.body = body;
    this.bufferedBytes = bufferedBytes;
    this.release = release;
  }

  public int status() {
    return status;
  }

  /** The words after the status; those of the standard where the server sends none. */
  public String reason() {
    return reason;
  }

  /** What was called in the end, after redirects. */
  public HttpUrl url() {
    return url;
  }

  public List<HttpHeader> headers() {
    return headers;
  }

  /** The first value of a header, or null. */
  public @Nullable String header(String name) {
    return headers.stream()
        .filter(header -> header.is(name))
        .map(HttpHeader::value)
        .findFirst()
        .orElse(null);
  }

  public boolean ok() {
    return status >= 200 && status < 300;
  }

  /** The body as a stream. */
  public InputStream body() {
    return body;
  }

  /**
   * The whole body.
   *
   * @throws OutgoingHttpException when it is more than may be held in memory
   * @throws IOException when the connection breaks
   */
  public byte[] bytes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
      if (out.size() + (long) read > bufferedBytes) {
        throw new OutgoingHttpException(
            ErrorCode.RESPONSE_TOO_LARGE,
            "ERR_FR_MAX_BODY_LENGTH_EXCEEDED",
            "The answer of " + url.authority() + " has more than " + bufferedBytes + " bytes.",
            null);
      }
      out.write(piece, 0, read);
    }
    return out.toByteArray();
  }

  @Override
  public void close() {
    release.run();
  }
}
