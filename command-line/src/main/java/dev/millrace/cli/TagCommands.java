package dev.millrace.cli;

import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace tag ...}. */
@Command(
    name = "tag",
    mixinStandardHelpOptions = true,
    description = "Works on tags, the labels of workflows.")
final class TagCommands extends Group {
  @Command(name = "list", description = "Lists the tags of the installation.")
  int list(@Mixin Connection connection, @Mixin ListOptions options) {
    return connection.call(api -> {
      Column.print(
          out(),
          options.json(),
          api.list("/api/tags", Map.of(), options.most()),
          Column.of("ID", "id"),
          Column.of("NAME", "name"),
          Column.time("CHANGED", "updatedAt"));
      return ExitCodes.DONE;
    });
  }
}
