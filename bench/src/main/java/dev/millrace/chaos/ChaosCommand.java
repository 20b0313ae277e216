package dev.millrace.chaos;

import dev.millrace.bench.UpProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Faults under load, with a verdict. */
@Command(name = "chaos", description = "Faults under load, and the proof that nothing was lost.")
public final class ChaosCommand implements Callable<Integer> {
  private static final String ALL = "all";

  /** How long a scenario goes on in {@code all} before the next. */
  private static final Duration SLOT = Duration.ofSeconds(45);

  private static final int SHOWN_VIOLATIONS = 50;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      // The commands below have none.
      arity = "0..1",
      description =
          "The scenario: kill-engine, kill-worker, kill-broker, freeze, scale, poison, duplicates,"
              + " slow, storm, big, stores-down; or all of them, mixed at random.")
  private @Nullable String scenario;

  @Option(
      names = "--minutes",
      defaultValue = "2",
      description = "How long faults go on (default ${DEFAULT-VALUE}).")
  private double minutes;

  @Option(names = "--seed", description = "Repeats the choices of an earlier run.")
  private @Nullable Long seed;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    List<Scenario> scenarios = scenarios();
    long chosen = seed == null ? System.nanoTime() : seed;
    out.println("seed " + chosen);
    out.flush();
    Duration time = Duration.ofMillis((long) (minutes * 60_000));
    Path directory = Files.createTempDirectory("millrace-chaos");
    Chaos.Outcome outcome =
        new Chaos(out).run(scenarios, time, scenarios.size() == 1 ? time : SLOT, chosen, directory);
    if (outcome.kept()) {
      delete(directory);
    }
    return outcome.kept() ? 0 : 1;
  }

  private List<Scenario> scenarios() {
    if (scenario == null) {
      throw new ParameterException(spec.commandLine(), "Name a scenario, or all.");
    }
    if (scenario.equals(ALL)) {
      return Chaos.SCENARIOS;
    }
    return List.of(
        Chaos.find(scenario)
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(), "There is no scenario \"" + scenario + "\".")));
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

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
