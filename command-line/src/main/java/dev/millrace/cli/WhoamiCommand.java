package dev.millrace.cli;

import dev.millrace.cli.api.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says who is signed in. */
@Command(name = "whoami", description = "Says as whom you are signed in, and where.")
final class WhoamiCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final Connection connection;

  @Option(names = "--json", description = "Print it as JSON.")
  private boolean json;

  WhoamiCommand(Surroundings here) {
    connection = new Connection(here);
  }

  @Override
  public Integer call() {
    return connection.call(api -> {
      Map<String, @Nullable Object> me = new LinkedHashMap<>();
      me.put("url", api.base().toString());
      me.putAll(api.get("/api/me").json().raw());
      Column.print(
          spec.commandLine().getOut(),
          json,
          new JsonObject(me),
          Column.of("Address", "email"),
          Column.of("Role", "role"),
          Column.of("Server", "url"));
      return ExitCodes.DONE;
    });
  }
}
