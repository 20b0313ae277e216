package dev.millrace.cli;

import dev.millrace.cli.api.JsonObject;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace project ...}. */
@Command(
    name = "project",
    mixinStandardHelpOptions = true,
    description = "Works on projects, which workflows and credentials belong to.")
final class ProjectCommands extends Group {
  @Command(name = "list", description = "Lists the projects that you belong to.")
  int list(@Mixin Connection connection, @Mixin ListOptions options) {
    return connection.call(api -> {
      Column.print(
          out(),
          options.json(),
          api.list("/api/projects", Map.of(), options.most()),
          Column.of("ID", "id"),
          Column.of("NAME", "name"),
          Column.of("TYPE", "type"),
          Column.time("MADE", "createdAt"));
      return ExitCodes.DONE;
    });
  }

  @Command(name = "create", description = "Makes a project, whose admin you are.")
  int create(
      @Mixin Connection connection,
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--json", description = "Print it as JSON.") boolean json) {
    return connection.call(api -> {
      JsonObject made = api.post("/api/projects", Map.of("name", name));
      if (json) {
        Column.print(out(), true, made);
      } else {
        say(made.text("id"));
      }
      return ExitCodes.DONE;
    });
  }
}
