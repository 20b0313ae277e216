package dev.millrace.ingress;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Sends answers, and ends connections on which too much of a request was left. Thread-safe. */
final class AnswerWriter {
  private static final long MAX_SKIPPED = 64 * 1024;

  private final BodyReader bodies;

  AnswerWriter(BodyReader bodies) {
    this.bodies = bodies;
  }

  void write(ServerRequest request, ServerResponse response, HttpAnswer answer) {
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
    boolean bodyless =
        answer.status() == 204
            || answer.status() == 304
            || request.prologue().method().text().equals("HEAD");
    if (bodyless || answer.body().length == 0) {
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
