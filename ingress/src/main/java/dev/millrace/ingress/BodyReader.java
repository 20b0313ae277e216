package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * Reads a request's body whole, within the limits of size and time. Memory grows with what really
 * arrives, never with what a header claims.
 */
final class BodyReader {
  private static final int FIRST_BUFFER = 8 * 1024;

  private final IngressSettings.Limits limits;

  BodyReader(IngressSettings.Limits limits) {
    this.limits = limits;
  }

  /**
   * @throws RequestRefused 413, 408, 415 or 429; the rest of the body is left unread
   */
  byte[] read(ServerRequest request, Admission.Share share) {
    if (!request.content().hasEntity()) {
      return HttpAnswer.NO_BODY;
    }
    ServerRequestHeaders headers = request.headers();
    long announced = headers.contentLength().orElse(-1);
    if (announced == 0) {
      return HttpAnswer.NO_BODY;
    }
    if (announced > limits.maxBodyBytes()) {
      throw tooLarge();
    }
    String encoding =
        headers.value(HeaderNames.CONTENT_ENCODING).orElse("identity").toLowerCase(Locale.ROOT);
    try {
      InputStream raw = request.content().inputStream();
      InputStream in =
          switch (encoding) {
            case "identity" -> raw;
            case "gzip", "x-gzip" -> new GZIPInputStream(raw);
            case "deflate" -> new InflaterInputStream(raw);
            default ->
                throw new RequestRefused(
                    415,
                    ErrorCode.UNSUPPORTED_BODY,
                    "The content encoding \"" + encoding + "\" is not supported",
                    true);
          };
      int expected = encoding.equals("identity") && announced > 0 ? (int) announced : FIRST_BUFFER;
      return readAll(in, Math.min(expected, 64 * 1024), share);
    } catch (ZipException broken) {
      throw new RequestRefused(
          400, ErrorCode.UNSUPPORTED_BODY, "The compressed body cannot be unpacked", true);
    } catch (IOException | UncheckedIOException gone) {
      throw incomplete();
    }
  }

  private byte[] readAll(InputStream in, int firstSize, Admission.Share share) throws IOException {
    long deadline = System.nanoTime() + limits.bodyTimeout().toNanos();
    byte[] buffer = new byte[firstSize];
    share.bytes(firstSize);
    int size = 0;
    while (true) {
      if (size == buffer.length) {
        int next = in.read();
        if (next < 0) {
          return buffer;
        }
        if (size >= limits.maxBodyBytes()) {
          throw tooLarge();
        }
        int larger = (int) Math.min(size * 2L, limits.maxBodyBytes());
        share.bytes(larger - size);
        buffer = Arrays.copyOf(buffer, larger);
        buffer[size++] = (byte) next;
      } else {
        int read = in.read(buffer, size, buffer.length - size);
        if (read < 0) {
          return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
        }
        size += read;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new RequestRefused(
            408,
            ErrorCode.UNSUPPORTED_BODY,
            "The body did not arrive within " + limits.bodyTimeout().toSeconds() + " seconds",
            true);
      }
    }
  }

  private RequestRefused tooLarge() {
    return new RequestRefused(
        413,
        ErrorCode.BODY_TOO_LARGE,
        "The body is larger than " + limits.maxBodyBytes() + " bytes",
        true);
  }

  static RequestRefused incomplete() {
    return new RequestRefused(
        400, ErrorCode.UNSUPPORTED_BODY, "The body ended before it was complete", true);
  }
}
