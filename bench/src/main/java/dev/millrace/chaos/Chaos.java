package dev.millrace.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Runs scenarios on a rig, each followed by the look at everything, and tells what came of them.
 */
public final class Chaos {
  private static final int SHOWN_VIOLATIONS = 20;

  /** All scenarios, by the order of the documentation. */
  public static final List<Scenario> SCENARIOS =
      List.of(
          new KillEngine(),
          new KillWorker(),
          new KillBroker(),
          new Freeze(),
          new Scale(),
          new Poison(),
          new Duplicates());

  private final PrintWriter out;

  public Chaos(PrintWriter out) {
    this.out = out;
  }

  static Optional<Scenario> find(String name) {
    return SCENARIOS.stream().filter(scenario -> scenario.name().equals(name)).findFirst();
  }

  /**
   * What a run came to.
   *
   * @param faults how many were brought about
   * @param verdict of the last look, which covers everything since the start
   * @param late times that were longer than promised
   * @param violations of all scenarios and looks
   */
  public record Outcome(
      int faults, Rig.Verdict verdict, List<String> late, List<String> violations) {
    /** Whether every promise was kept, those of time included. */
    public boolean kept() {
      return late.isEmpty() && violations.isEmpty();
    }
  }

  /**
   * Runs one scenario for a time.
   *
   * @throws Exception when the rig does not start, or a part of it cannot be started again
   */
  public Outcome run(Scenario scenario, Duration time, long seed, Path directory) throws Exception {
    return run(List.of(scenario), time, time, seed, directory);
  }

  /**
   * Mixes scenarios at random until the time is over; each comes once before any comes again.
   *
   * @param slot how long each goes on before the next
   */
  public Outcome run(
      List<Scenario> scenarios, Duration time, Duration slot, long seed, Path directory)
      throws Exception {
    Random random = new Random(seed);
    int brokers = scenarios.stream().mapToInt(Scenario::brokers).max().orElse(1);
    List<String> violations = new ArrayList<>();
    List<String> late = new ArrayList<>();
    int faults = 0;
    long begin = System.nanoTime();
    try (Rig rig = start(directory, brokers)) {
      out.printf(
          "%d broker(s), %d engines and %d workers answer; everything is in %s%n",
          rig.brokers().size(), rig.engines().size(), rig.workers().size(), directory);
      out.printf("| scenario | faults | accepted | executions | waiting | calls repeated |");
      out.printf(" threads replaced | measured | too long | violations |%n");
      List<Scenario> left = new ArrayList<>();
      long until = System.nanoTime() + time.toNanos();
      Rig.Verdict verdict;
      do {
        if (left.isEmpty()) {
          left.addAll(scenarios);
          Collections.shuffle(left, random);
        }
        Scenario scenario = left.removeFirst();
        Scenario.Result result = scenario.run(rig, slot, random);
        verdict = rig.verify();
        faults += result.faults();
        late.addAll(result.late());
        violations.addAll(result.violations());
        violations.addAll(verdict.violations());
        row(scenario, result, verdict);
        rig.load().resume();
        // What is broken stays broken: every later look would say so again.
      } while (violations.isEmpty() && System.nanoTime() < until);
      late.forEach(out::println);
      violations.stream().limit(SHOWN_VIOLATIONS).forEach(out::println);
      out.printf(
          "%d faults in %d s, %d accepted calls, %d times too long, %d violations: %s%n",
          faults,
          Duration.ofNanos(System.nanoTime() - begin).toSeconds(),
          verdict.accepted(),
          late.size(),
          violations.size(),
          late.isEmpty() && violations.isEmpty() ? "all promises kept" : "BROKEN");
      out.flush();
      return new Outcome(faults, verdict, late, violations);
    }
  }

  private Rig start(Path directory, int brokers) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    return Rig.start(Rig.Settings.of(directory, brokers), out);
  }

  private void row(Scenario scenario, Scenario.Result result, Rig.Verdict verdict) {
    out.printf(
        "| %s | %d | %d | %d | %d | %d | %d | %s | %d | %d |%n",
        scenario.name(),
        result.faults(),
        verdict.accepted(),
        verdict.executions(),
        verdict.waiting(),
        verdict.repeatedCalls(),
        verdict.replacedThreads(),
        result.figures(),
        result.late().size(),
        result.violations().size() + verdict.violations().size());
    out.flush();
  }
}
