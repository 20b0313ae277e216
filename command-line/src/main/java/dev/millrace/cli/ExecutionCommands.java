package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace execution ...}. */
@Command(
    name = "execution",
    mixinStandardHelpOptions = true,
    description = "Works on executions: what runs, waits and ran.")
final class ExecutionCommands extends Group {
  private static final Column[] ROW = {
    Column.of("ID", "id"),
    Column.of("STATUS", "status"),
    Column.time("STARTED", "startedAt"),
    Column.time("STOPPED", "stoppedAt"),
    new Column("WORKFLOW", row -> row.given("workflowName").orElse(row.text("workflowId"))),
    Column.of("MODE", "mode"),
    Column.of("LAST NODE", "lastNode")
  };

  @Command(name = "list", description = "Lists executions, those that began last first.")
  int list(
      @Mixin Connection connection,
      @Mixin ListOptions options,
      @Option(names = "--workflow", paramLabel = "ID", description = "Those of one workflow.")
          @Nullable String workflow,
      @Option(
              names = "--status",
              paramLabel = "STATUS",
              split = ",",
              description =
                  "With one of these: new, running, waiting, success, error, canceled, crashed.")
          @Nullable List<String> statuses,
      @Option(
              names = "--since",
              paramLabel = "TIME",
              description = "That began after this, such as 2026-01-31T12:00:00Z.")
          @Nullable String since,
      @Option(names = "--until", paramLabel = "TIME", description = "That began before this.")
          @Nullable String until,
      @Option(names = "--error", paramLabel = "TEXT", description = "With this in the error.")
          @Nullable String error,
      @Option(names = "--node", paramLabel = "NAME", description = "That ran this node.")
          @Nullable String node,
      @Option(names = "--failed-node", paramLabel = "NAME", description = "That failed at it.")
          @Nullable String failedNode) {
    Map<String, String> query = new LinkedHashMap<>();
    put(query, "workflowId", workflow);
    put(query, "status", statuses == null ? null : String.join(",", statuses));
    put(query, "startedAfter", since);
    put(query, "startedBefore", until);
    put(query, "error", error);
    put(query, "node", node);
    put(query, "failedNode", failedNode);
    return connection.call(api -> {
      Column.print(out(), options.json(), api.list("/api/executions", query, options.most()), ROW);
      return ExitCodes.DONE;
    });
  }

  @Command(name = "show", description = "Shows an execution.")
  int show(
      @Mixin Connection connection,
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--data", description = "With what its nodes answered; as JSON.")
          boolean data,
      @Option(names = "--json", description = "Print it as JSON.") boolean json) {
    return connection.call(api -> {
      JsonObject execution =
          api.get(
                  HttpApi.path(
                      HttpApi.path("/api/executions/{}", id),
                      data ? Map.of("data", "true") : Map.of()))
              .json();
      show(execution, json || data);
      return ExitCodes.DONE;
    });
  }

  private void show(JsonObject execution, boolean json) {
    Column.print(
        out(),
        json,
        execution,
        Column.of("ID", "id"),
        Column.of("Status", "status"),
        Column.of("Workflow", "workflowId"),
        Column.of("Name", "workflowName"),
        Column.of("Version", "version"),
        Column.of("Mode", "mode"),
        Column.time("Started", "startedAt"),
        Column.time("Stopped", "stoppedAt"),
        Column.time("Waits until", "waitTill"),
        Column.of("Retry of", "retryOf"),
        Column.of("Called by", "parentId"),
        Column.of("Last node", "lastNode"),
        new Column("Error", row -> row.object("error").text("message")),
        new Column("Error code", row -> row.object("error").text("code")),
        new Column("Failed node", row -> row.object("error").text("node")),
        Column.texts("Warnings", "warnings"),
        Column.of("Runs of nodes", "runs"));
  }

  @Command(
      name = "retry",
      description =
          "Begins an execution again where it failed, as a new one that takes over what was done.")
  int retry(
      @Mixin Connection connection,
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--current",
              description =
                  "In the version that is published now, instead of the one that it ran in.")
          boolean current,
      @Option(names = "--watch", description = "Watch the new one until it is over.") boolean watch,
      @Mixin WatchOptions watching) {
    return connection.call(api -> {
      String begun =
          api.post(HttpApi.path("/api/executions/{}/retry", id), Map.of("current", current))
              .text("id");
      if (!watch) {
        if (watching.json()) {
          Column.print(out(), true, new JsonObject(Map.of("id", begun)));
        } else {
          say(begun);
        }
        return ExitCodes.DONE;
      }
      return watch(api, connection, watching, begun);
    });
  }

  @Command(name = "stop", description = "Ends executions at once, a running call included.")
  int stop(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return each(
        connection,
        ids,
        (api, id) ->
            say(
                id
                    + " ended with "
                    + api.post(HttpApi.path("/api/executions/{}/stop", id), null).text("status")
                    + "."));
  }

  @Command(name = "delete", description = "Removes executions that are over from history.")
  int delete(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return deleteEach(connection, ids, "/api/executions/{}");
  }

  @Command(
      name = "watch",
      description = {
        "Follows an execution until it is over; exit code 0 says that it succeeded.",
        "Without an ID it tells of every execution that begins or ends, until Ctrl-C.",
      })
  int watch(
      @Mixin Connection connection,
      @Parameters(arity = "0..1", paramLabel = "ID") @Nullable String id,
      @Option(names = "--workflow", paramLabel = "ID", description = "Those of one workflow.")
          @Nullable String workflow,
      @Mixin WatchOptions watching) {
    if (id != null && workflow != null) {
      throw wrong("Name an execution or a workflow, not both.");
    }
    return connection.call(api -> {
      if (id != null) {
        return watch(api, connection, watching, id);
      }
      new ExecutionWatch(api, connection.here().clock(), watching, out())
          .all(workflow == null ? "" : workflow);
      return ExitCodes.DONE;
    });
  }

  private int watch(HttpApi api, Connection connection, WatchOptions watching, String id) {
    JsonObject last = new ExecutionWatch(api, connection.here().clock(), watching, out()).one(id);
    return last.text("status").equals("success") ? ExitCodes.DONE : ExitCodes.FAILED;
  }

  private static void put(Map<String, String> query, String name, @Nullable String value) {
    query.put(name, value == null ? "" : value);
  }

  /** How often is asked, and for how long. */
  static final class WatchOptions {
    @Option(
        names = "--every",
        paramLabel = "SECONDS",
        defaultValue = "2",
        description =
            "How often to ask a server that does not tell by itself (default: ${DEFAULT-VALUE}).")
    private int every;

    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "0",
        description = "Give up after this time, with exit code 1 (default: never).")
    private int timeout;

    @Option(names = "--json", description = "Print each line as JSON.")
    private boolean json;

    Duration every() {
      return Duration.ofSeconds(Math.max(1, every));
    }

    /** Zero for never. */
    Duration timeout() {
      return Duration.ofSeconds(Math.max(0, timeout));
    }

    boolean json() {
      return json;
    }
  }
}
