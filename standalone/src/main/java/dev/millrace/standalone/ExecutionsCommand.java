package dev.millrace.standalone;

import dev.millrace.standalone.history.ExecutionSummary;
import dev.millrace.value.Json;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists executions. */
@Command(
    name = "executions",
    mixinStandardHelpOptions = true,
    description = "Lists the executions that began last: what to retry, replay or cancel.")
final class ExecutionsCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(names = "--workflow", paramLabel = "ID", description = "Those of one workflow.")
  private @Nullable String workflow;

  @Option(
      names = "--last",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many (default: ${DEFAULT-VALUE}).")
  private int last;

  @Option(names = "--json", description = "Print them as JSON.")
  private boolean json;

  @Mixin private final ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    if (last < 1) {
      throw new picocli.CommandLine.ParameterException(
          spec.commandLine(), "--last has to be 1 or more.");
    }
    List<ExecutionSummary> all = server.with(history -> history.last(workflow, last));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(all.stream().map(ExecutionSummary::toJson).toList(), 2));
    } else {
      for (ExecutionSummary each : all) {
        out.println(
            each.executionId()
                + "  "
                + each.startedAt()
                + "  "
                + each.status()
                + "  "
                + each.workflowId()
                + " version "
                + each.version()
                + ", "
                + each.mode()
                + (each.retryOf() == null ? "" : " of " + each.retryOf())
                + (each.node().isEmpty() ? "" : ", at \"" + each.node() + "\""));
      }
    }
    out.flush();
    return 0;
  }
}
