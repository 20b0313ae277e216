package dev.millrace.chaos;

import dev.millrace.bench.UpProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Faults under load, with a verdict. */
@Command(name = "chaos", description = "Faults under load, and the proof that nothing was lost.")
public final class ChaosCommand {
  private static final int SHOWN_VIOLATIONS = 50;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Command(name = "kill", description = "Kills the process under webhook load and restarts it.")
  int kill(
      @Option(
              names = "--times",
              defaultValue = "10",
              description = "How often (default ${DEFAULT-VALUE}).")
          int times,
      @Option(
              names = "--callers",
              defaultValue = "8",
              description = "Callers at a time (default ${DEFAULT-VALUE}).")
          int callers,
      @Option(
              names = "--port",
              defaultValue = "5690",
              description = "Port for the server under test (default ${DEFAULT-VALUE}).")
          int port,
      @Option(names = "--seed", description = "Repeats the moments of an earlier run.") Long seed)
      throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    long chosen = seed == null ? System.nanoTime() : seed;
    out.println("seed " + chosen);
    Path home = Path.of(System.getProperty("millrace.home", "."));
    KillChaos.Verdict verdict =
        new KillChaos(
                (data, workflows, upPort) -> UpProcess.start(home, data, workflows, upPort),
                Files.createTempDirectory("millrace-chaos"),
                port,
                out)
            .run(times, callers, chosen);
    verdict.violations().stream().limit(SHOWN_VIOLATIONS).forEach(out::println);
    out.printf(
        "%d acknowledged calls, %d executions, %d of them under way at a kill, %d violations: %s%n",
        verdict.acknowledged(),
        verdict.executions(),
        verdict.waitedThroughKill(),
        verdict.violations().size(),
        verdict.violations().isEmpty() ? "all promises kept" : "BROKEN");
    out.flush();
    return verdict.violations().isEmpty() ? 0 : 1;
  }
}
