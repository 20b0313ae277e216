package dev.millrace.cli;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells what executions do, as it happens: by the server's stream of events where it has one, else
 * by asking again and again. One thread at a time.
 */
final class ExecutionWatch {
  private static final Set<String> OVER = Set.of("success", "error", "canceled", "crashed");

  /** The name of the event behind the last one. */
  private static final String END = "end";

  /** History is a little behind the engine: what has just begun may not be there yet. */
  private static final Duration UNKNOWN_FOR = Duration.ofSeconds(30);

  /** The end of the stream comes from the engine, and history follows. */
  private static final Duration LATE = Duration.ofMillis(250);

  /** Beyond it, executions that began are told in the next round. */
  private static final int MOST_AT_ONCE = 500;

  private final HttpApi api;
  private final InstantSource clock;
  private final ExecutionCommands.WatchOptions options;
  private final PrintWriter out;
  private final Instant begun;

  ExecutionWatch(
      HttpApi api, InstantSource clock, ExecutionCommands.WatchOptions options, PrintWriter out) {
    this.api = api;
    this.clock = clock;
    this.options = options;
    this.out = out;
    begun = clock.instant();
  }

  /**
   * Follows one execution to its end.
   *
   * @return it as it is then
   * @throws MillraceException {@code NO_ANSWER_IN_TIME}
   * @throws ApiFailure such as that there is no such execution
   */
  JsonObject one(String id) {
    String told = "";
    boolean known = false;
    boolean streamed = false;
    while (true) {
      if (!known) {
        // It may be that it has only just begun; then there are no events of it yet either.
        Optional<InputStream> events = api.events(HttpApi.path("/api/executions/{}/events", id));
        streamed = events.isPresent() && tell(events.get());
      }
      Optional<JsonObject> found =
          api.find(HttpApi.path("/api/executions/{}", id)).map(HttpApi.Reply::json);
      if (found.isEmpty() && past(UNKNOWN_FOR)) {
        // Said by the server itself, with its code.
        return api.get(HttpApi.path("/api/executions/{}", id)).json();
      }
      if (found.isPresent()) {
        known = true;
        JsonObject now = found.get();
        String state = now.text("status") + " " + now.text("lastNode");
        boolean over = OVER.contains(now.text("status"));
        if (!state.equals(told) && (!streamed || over)) {
          told = state;
          line(now);
        }
        if (over) {
          return now;
        }
      }
      pause(streamed || found.isEmpty() ? LATE : options.every());
    }
  }

  /**
   * What was told of an execution.
   *
   * @param over whether nothing more is to be told
   */
  private record Told(Instant startedAt, String state, boolean over) {}

  /** Tells of every execution that begins or changes, until the time is over or for good. */
  void all(String workflow) {
    Map<String, Told> told = new HashMap<>();
    Instant from = begun;
    while (!timeOver()) {
      Map<String, String> query = new LinkedHashMap<>();
      query.put("workflowId", workflow);
      query.put("startedAfter", from.toString());
      List<JsonObject> rows =
          api.list("/api/executions", query, OptionalInt.of(MOST_AT_ONCE)).reversed();
      for (JsonObject row : rows) {
        Told now = told(row);
        Told before = told.put(row.text("id"), now);
        if (before == null || !before.state().equals(now.state())) {
          line(row);
        }
      }
      from = next(told);
      api.sleep(options.every());
    }
  }

  private Told told(JsonObject row) {
    Instant startedAt;
    try {
      startedAt = Instant.parse(row.text("startedAt"));
    } catch (DateTimeException none) {
      startedAt = begun;
    }
    String status = row.text("status");
    return new Told(startedAt, status + " " + row.text("lastNode"), OVER.contains(status));
  }

  /**
   * From when to ask next: from the first that is not over, and some time back in case that history
   * is late; a long watch asks for no more than a short one.
   */
  private Instant next(Map<String, Told> told) {
    Instant next = clock.instant().minus(UNKNOWN_FOR);
    for (Told each : told.values()) {
      if (!each.over() && each.startedAt().isBefore(next)) {
        next = each.startedAt();
      }
    }
    // An execution may begin in the millisecond that is asked from.
    Instant from = next.minusMillis(1);
    told.values().removeIf(each -> each.startedAt().isBefore(from));
    return from.isBefore(begun) ? begun : from;
  }

  /**
   * Prints events until the stream ends; a connection that breaks is an end too.
   *
   * @return whether the execution ended, and not only the stream
   */
  private boolean tell(InputStream stream) {
    String name = "";
    StringBuilder data = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty()) {
          if (name.equals(END)) {
            return true;
          }
          event(name, data.toString());
          name = "";
          data.setLength(0);
        } else if (line.startsWith("event:")) {
          name = line.substring("event:".length()).strip();
        } else if (line.startsWith("data:")) {
          data.append(data.isEmpty() ? "" : "\n").append(line.substring("data:".length()).strip());
        }
        if (timeOver()) {
          throw late();
        }
      }
    } catch (IOException broken) {
      // Where it stands is asked for.
    }
    return false;
  }

  private void event(String name, String data) {
    if (data.isEmpty()) {
      return;
    }
    Object value;
    try {
      value = Json.parse(data);
    } catch (MillraceException text) {
      value = data;
    }
    JsonObject json = JsonObject.of(value);
    if (options.json()) {
      Map<String, @Nullable Object> line = new LinkedHashMap<>();
      line.put("event", name);
      line.put("data", value);
      out.println(Json.text(line));
    } else {
      List<String> parts =
          List.of(
              json.given("at").orElseGet(() -> clock.instant().toString()),
              name,
              json.given("node").map(node -> "\"" + node + "\"").orElse(""),
              json.text("status"),
              json.object("error").text("message"));
      out.println(
          Table.shown(
              parts.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining("  "))));
    }
    out.flush();
  }

  private void line(JsonObject execution) {
    if (options.json()) {
      out.println(Json.text(execution.raw()));
    } else {
      String node = execution.text("lastNode");
      String error = execution.object("error").text("message");
      out.println(
          Table.shown(
              clock.instant()
                  + "  "
                  + execution.text("id")
                  + "  "
                  + execution.text("status")
                  + execution.given("workflowName").map(name -> "  " + name).orElse("")
                  + (node.isEmpty() ? "" : "  at \"" + node + "\"")
                  + (error.isEmpty() ? "" : ": " + error)));
    }
    out.flush();
  }

  private void pause(Duration time) {
    if (timeOver()) {
      throw late();
    }
    api.sleep(time);
  }

  private boolean timeOver() {
    return !options.timeout().isZero() && past(options.timeout());
  }

  private boolean past(Duration time) {
    return clock.instant().isAfter(begun.plus(time));
  }

  private MillraceException late() {
    return new MillraceException(
        ErrorCode.NO_ANSWER_IN_TIME,
        "It was not over in " + options.timeout().toSeconds() + " seconds");
  }
}
