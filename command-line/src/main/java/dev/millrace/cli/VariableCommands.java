package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.api.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace variable ...}. */
@Command(
    name = "variable",
    mixinStandardHelpOptions = true,
    description = {
      "Works on variables, which expressions read as $vars.KEY.",
      "Without --project they are the installation's.",
    })
final class VariableCommands extends Group {
  @Command(name = "list", description = "Lists variables, of all your projects or of one.")
  int list(
      @Mixin Connection connection,
      @Mixin ListOptions options,
      @Option(names = "--project", paramLabel = "ID|NAME", description = "Those of one project.")
          @Nullable String project) {
    return connection.call(api -> {
      Column.print(
          out(),
          options.json(),
          api.list(
              "/api/variables", Map.of("projectId", Projects.id(api, project)), options.most()),
          Column.of("ID", "id"),
          Column.of("KEY", "key"),
          Column.of("VALUE", "value"),
          Column.of("PROJECT", "projectId"));
      return ExitCodes.DONE;
    });
  }

  @Command(name = "set", description = "Makes a variable, or gives it another value.")
  int set(
      @Mixin Connection connection,
      @Parameters(index = "0", paramLabel = "KEY") String key,
      @Parameters(index = "1", paramLabel = "VALUE") String value,
      @Option(names = "--project", paramLabel = "ID|NAME", description = "The project's variable.")
          @Nullable String project) {
    return connection.call(api -> {
      String target = Projects.id(api, project);
      Optional<JsonObject> known = find(api, target, key);
      if (known.isPresent()) {
        api.patch(
            HttpApi.path("/api/variables/{}", known.get().text("id")), Map.of("value", value));
      } else {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("key", key);
        body.put("value", value);
        if (!target.isEmpty()) {
          body.put("projectId", target);
        }
        api.post("/api/variables", body);
      }
      say(key + " is set.");
      return ExitCodes.DONE;
    });
  }

  @Command(name = "delete", description = "Removes variables.")
  int delete(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "KEY") List<String> keys,
      @Option(names = "--project", paramLabel = "ID|NAME", description = "The project's variables.")
          @Nullable String project) {
    return connection.call(api -> {
      String target = Projects.id(api, project);
      int exit = ExitCodes.DONE;
      for (String key : keys) {
        Optional<JsonObject> known = find(api, target, key);
        if (known.isEmpty()) {
          err()
              .println(
                  ExitCodes.line(
                      new MillraceException(ErrorCode.NOT_FOUND, "There is no variable " + key)));
          err().flush();
          exit = ExitCodes.NOT_FOUND;
        } else {
          api.delete(HttpApi.path("/api/variables/{}", known.get().text("id")));
          say(key + " is deleted.");
        }
      }
      return exit;
    });
  }

  private static Optional<JsonObject> find(HttpApi api, String project, String key) {
    return api.list("/api/variables", Map.of("key", key), OptionalInt.empty()).stream()
        .filter(each -> each.text("key").equals(key) && each.text("projectId").equals(project))
        .findFirst();
  }
}
