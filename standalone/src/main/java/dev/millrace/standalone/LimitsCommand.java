package dev.millrace.standalone;

import dev.millrace.limit.Gate;
import dev.millrace.standalone.history.ExecutionHistory;
import dev.millrace.topology.GateStanding;
import dev.millrace.value.Json;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows where limits stand. */
@Command(
    name = "limits",
    mixinStandardHelpOptions = true,
    description =
        "Shows how many run and wait at each limit, and which circuit breakers are open. A limit"
            + " that nothing is held by is not listed.")
final class LimitsCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(names = "--json", description = "Print them as JSON.")
  private boolean json;

  @Mixin private final ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    List<GateStanding> all = server.with(ExecutionHistory::gates);
    Instant now = Instant.now();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.pretty(all.stream().map(gate -> gate.toJson(now)).toList(), 2));
    } else {
      all.forEach(gate -> out.println(line(gate, now)));
    }
    out.flush();
    return 0;
  }

  private static String line(GateStanding gate, Instant now) {
    Gate.State state = gate.state();
    Optional<Gate.BreakerStatus> breaker = gate.breaker(now);
    return gate.name()
        + "  "
        + state.inside()
        + " in, "
        + state.waiting()
        + " waiting"
        + breaker
            .map(status ->
                ", breaker "
                    + status.json()
                    + (status == Gate.BreakerStatus.OPEN ? " until " + state.openUntil() : "")
                    + (state.failures() == 0 ? "" : ", " + state.failures() + " failed in a row"))
            .orElse("");
  }
}
