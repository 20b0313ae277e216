package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;

/**
 * Reads a request's body whole, within the limits of size and time. Memory grows with what really
 * arrives, never with what a header claims.
 */
final class BodyReader {
  private static final int FIRST_BUFFER = 8 * 1024;

  private static final Duration DISCARD = Duration.ofSeconds(3);

  private final IngressSettings.Limits limits;
  private final ReadWatch watch;

  BodyReader(IngressSettings.Limits limits, ReadWatch watch) {
    this.limits = limits;
    this.watch = watch;
  }

  /**
   * @throws RequestRefused 400, 408, 413 or 429; the rest of the body is left unread
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
    try (ReadWatch.Reading reading = watch.begin(limits.bodyTimeout())) {
      boolean packed = headers.contains(HeaderNames.CONTENT_ENCODING);
      int expected = !packed && announced > 0 ? (int) announced : FIRST_BUFFER;
      return readAll(
          request.content().inputStream(), Math.min(expected, 64 * 1024), share, reading);
    } catch (RequestRefused refused) {
      throw refused;
    } catch (IOException | RuntimeException broken) {
      // Broken framing, a broken archive, a client that went away: all are told in many ways.
      throw incomplete();
    }
  }

  private byte[] readAll(
      InputStream in, int firstSize, Admission.Share share, ReadWatch.Reading reading)
      throws IOException {
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
      if (reading.late()) {
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
        400, ErrorCode.UNSUPPORTED_BODY, "The body is broken or did not arrive completely", true);
  }

  /**
   * Reads on for a moment after the response, so that a client that is still sending comes to read
   * it: closing at once would reset the connection.
   */
  void discard(ServerRequest request) {
    byte[] nothing = new byte[FIRST_BUFFER];
    try (ReadWatch.Reading reading = watch.begin(DISCARD)) {
      InputStream in = request.content().inputStream();
      int read;
      do {
        read = in.read(nothing);
      } while (read >= 0 && !reading.late());
    } catch (IOException | RuntimeException over) {
      // The connection ends either way.
    }
  }
}
