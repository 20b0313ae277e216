package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves an {@link Api} by Helidon. Thread-safe. */
public final class ApiRouting {
  private static final Logger LOG = LoggerFactory.getLogger(ApiRouting.class);

  private final Api api;

  public ApiRouting(Api api) {
    this.api = api;
  }

  /**
   * Adds all endpoints to a routing, and an answer to what is none of them below the same paths.
   */
  public void addTo(HttpRouting.Builder routing) {
    Map<String, TreeSet<String>> methods = new HashMap<>();
    for (Endpoint endpoint : api.endpoints()) {
      routing.route(
          Method.create(endpoint.method()),
          endpoint.path(),
          (request, response) -> send(response, answer(endpoint, request)));
      methods.computeIfAbsent(endpoint.path(), path -> new TreeSet<>()).add(endpoint.method());
    }
    methods.forEach((path, known) ->
        routing.any(
            path,
            (request, response) ->
                send(
                    response,
                    Problems.of(
                            ErrorCode.WRONG_METHOD, "This path knows " + String.join(", ", known))
                        .with("allow", String.join(", ", known)))));
    routing.any(
        "/api/*",
        (request, response) ->
            send(
                response,
                Problems.of(ErrorCode.NOT_FOUND, "Nothing is served at " + request.path().path())));
  }

  private Answer answer(Endpoint endpoint, ServerRequest request) {
    Map<String, String> parameters = new HashMap<>();
    request
        .path()
        .pathParameters()
        .toMap()
        .forEach((name, values) -> parameters.put(name, values.getFirst()));
    Map<String, String> queries = new HashMap<>();
    request.query().toMap().forEach((name, values) -> queries.put(name, values.getFirst()));
    return api.answer(
        endpoint,
        new Call(
            Optional.empty(),
            Grant.none(),
            parameters,
            queries,
            name -> request.headers().first(HeaderNames.create(name)),
            Content.EMPTY,
            request.remotePeer().host()),
        most -> body(request, most),
        request.content().hasEntity() ? request.headers().contentLength().orElse(-1) : 0);
  }

  /** The body, with one byte more than it may have when it is larger. */
  private static byte[] body(ServerRequest request, int most) throws IOException {
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    try (InputStream in = request.content().inputStream()) {
      return in.readNBytes(most + 1);
    } catch (RuntimeException broken) {
      throw new IOException(broken);
    }
  }

  private static void send(ServerResponse response, Answer answer) {
    response.status(Status.create(answer.status()));
    // Nothing here is to be framed, guessed, or kept by anybody between.
    response.header("x-content-type-options", "nosniff");
    response.header("x-frame-options", "DENY");
    response.header("referrer-policy", "no-referrer");
    response.header("cache-control", "no-store");
    answer
        .headers()
        .forEach((name, value) ->
            response.headers().set(HeaderValues.create(HeaderNames.create(name), value)));
    switch (answer.content()) {
      case Answer.Whole(byte[] bytes) -> {
        if (bytes.length == 0) {
          response.send();
        } else {
          response.send(bytes);
        }
      }
      case Answer.Events events -> stream(response, events);
    }
  }

  /** Ends when the source does, or with the error that it threw as the last event. */
  private static void stream(ServerResponse response, Answer.Events events) {
    // Proxies that gather answers would hold the events back.
    response.header("x-accel-buffering", "no");
    try (OutputStream out = response.outputStream()) {
      EventSink sink = new EventStreamWriter(out, events.grant());
      try {
        events.source().run(sink);
      } catch (MillraceException told) {
        if (told.code().kind() == ErrorCode.Kind.INTERNAL) {
          LOG.error("A stream failed", told);
        }
        end(sink, told.code(), told.text());
      } catch (InterruptedException stopping) {
        end(sink, ErrorCode.OVERLOADED, "The server stops");
        Thread.currentThread().interrupt();
      } catch (RuntimeException defect) {
        LOG.error("A stream failed", defect);
        end(sink, ErrorCode.INTERNAL, "The stream could not go on");
      }
    } catch (IOException gone) {
      throw new CloseConnectionException("The reader of a stream is gone", gone);
    }
  }

  /** Says in the last event why there are no more; a browser takes one called error for its own. */
  private static void end(EventSink sink, ErrorCode code, String why) throws IOException {
    sink.send(ServerEvent.of("problem", Problems.json(code, why)));
  }
}
