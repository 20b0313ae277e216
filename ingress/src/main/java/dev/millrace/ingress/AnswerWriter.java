package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends answers, and ends connections on which too much of a request was left. Thread-safe. */
final class AnswerWriter {
  private static final long MAX_SKIPPED = 64 * 1024;
  private static final int BUFFER = 32 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(AnswerWriter.class);

  private final BodyReader bodies;
  private final BinaryStore binaries;

  AnswerWriter(BodyReader bodies, BinaryStore binaries) {
    this.bodies = bodies;
    this.binaries = binaries;
  }

  /**
   * Sends an answer. One whose file cannot be had is an error, as long as nothing was sent; where
   * the file breaks off later the connection is closed before its end, so that the caller notices.
   */
  void write(ServerRequest request, ServerResponse response, HttpAnswer answer) {
    BinaryData file = answer.file();
    if (file == null || bodyless(request, answer)) {
      send(request, response, answer, null);
      return;
    }
    InputStream opened;
    try {
      opened = binaries.open(file);
    } catch (MillraceException refused) {
      send(request, response, unavailable(file, refused.code(), refused.text()), null);
      return;
    } catch (IOException unreadable) {
      ErrorCode code = ErrorCode.OBJECT_STORE_UNAVAILABLE;
      send(request, response, unavailable(file, code, String.valueOf(unreadable)), null);
      return;
    }
    try (InputStream content = opened) {
      send(request, response, answer, content);
    } catch (IOException notClosed) {
      LOG.debug("After it was sent, {} could not be closed", file.id(), notClosed);
    }
  }

  private static HttpAnswer unavailable(BinaryData file, ErrorCode code, String why) {
    LOG.warn("The file that a workflow answers with, {}, cannot be sent: {}", file.id(), why);
    String message =
        code == ErrorCode.FILE_GONE
            ? why
            : "The workflow answered with a file that cannot be fetched from the store";
    return HttpAnswer.error(code == ErrorCode.FILE_GONE ? 500 : 502, code, message, null);
  }

  private void send(
      ServerRequest request,
      ServerResponse response,
      HttpAnswer answer,
      @Nullable InputStream content) {
    response.status(Status.create(answer.status()));
    answer
        .headers()
        .forEach((name, value) -> {
          if (mayBeSent(name)) {
            response.headers().set(HeaderValues.create(HeaderNames.create(name), oneLine(value)));
          }
        });
    boolean close = answer.close() || muchIsUnread(request);
    if (close) {
      response.headers().set(HeaderValues.CONNECTION_CLOSE);
    }
    if (content != null) {
      stream(response, Objects.requireNonNull(answer.file()), content);
    } else if (bodyless(request, answer) || answer.body().length == 0) {
      response.send();
    } else {
      response.send(answer.body());
    }
    if (close) {
      if (!waitsToBeAsked(request)) {
        bodies.discard(request);
      }
      // The server would take what is left of the body for the next request.
      throw new CloseConnectionException("The rest of a request is not read");
    }
  }

  /** Sends a file as it comes from the store, one buffer at a time. */
  private static void stream(ServerResponse response, BinaryData file, InputStream content) {
    if (file.bytes() >= 0) {
      response.contentLength(file.bytes());
    }
    long left = file.bytes() >= 0 ? file.bytes() : Long.MAX_VALUE;
    // Not closed where it fails: that would end the answer as if it were whole.
    OutputStream out = response.outputStream();
    byte[] buffer = new byte[BUFFER];
    try {
      for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
        left -= n;
        if (left < 0) {
          throw new IOException("it is larger than its item says");
        }
        out.write(buffer, 0, n);
      }
      if (file.bytes() >= 0 && left > 0) {
        throw new IOException("it is smaller than its item says");
      }
      out.close();
    } catch (IOException | RuntimeException broken) {
      LOG.warn("The file that a workflow answers with, {}, broke off: {}", file.id(), broken);
      throw new CloseConnectionException("The answer's file broke off", broken);
    }
  }

  private static boolean bodyless(ServerRequest request, HttpAnswer answer) {
    return answer.status() == 204
        || answer.status() == 304
        || request.prologue().method().text().equals("HEAD");
  }

  /** Reading on would tell a client to begin that waits for a word and has its answer. */
  private static boolean waitsToBeAsked(ServerRequest request) {
    return request.headers().contains(HeaderNames.EXPECT) && !request.content().consumed();
  }

  /** A small body that nobody wanted is skipped; the server has no limit for that itself. */
  private static boolean muchIsUnread(ServerRequest request) {
    return request.content().hasEntity()
        && !request.content().consumed()
        && request.headers().contentLength().orElse(Long.MAX_VALUE) > MAX_SKIPPED;
  }

  /** A workflow chooses header names: those of the connection are not its own, others no names. */
  private static boolean mayBeSent(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c <= ' ' || c >= 0x7F || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
        return false;
      }
    }
    return switch (name) {
      case "", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade" ->
          false;
      default -> true;
    };
  }

  /** A line break would begin a header of somebody else's choice. */
  private static String oneLine(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) < ' ' && value.charAt(i) != '\t') {
        return value.replaceAll("[\\x00-\\x08\\x0A-\\x1F]", " ");
      }
    }
    return value;
  }
}
