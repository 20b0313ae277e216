package dev.millrace.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs scenarios on a rig and tells what came of them: a row of a table after each look at
 * everything, and a verdict last. One run at a time.
 */
public final class Chaos {
  /** All scenarios, in the order of the documentation. */
  public static final List<Scenario> SCENARIOS =
      List.of(
          new KillEngine(),
          new KillWorker(),
          new KillBroker(),
          new Freeze(),
          new Scale(),
          new Poison(),
          new Duplicates(),
          new Slow(),
          new Storm(),
          new Big(),
          new StoresDown());

  private static final int SHOWN_VIOLATIONS = 20;

  /**
   * Nine processes that load and compile their first classes take longer for everything: three
   * brokers are busy with it for more than a minute.
   */
  private static final Duration WARM_UP = Duration.ofSeconds(90);

  private final PrintWriter out;
  private final List<String> late = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private int faults;

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
  public record Outcome(int faults, Verdict verdict, List<String> late, List<String> violations) {
    /** Whether every promise was kept, those of time included. */
    public boolean kept() {
      return late.isEmpty() && violations.isEmpty();
    }
  }

  /**
   * Mixes scenarios at random until the time is over; each comes once before any comes again, and
   * after each everything is looked at. Ends early when a promise is broken that is none of time:
   * what is broken stays broken.
   *
   * @param slot how long each goes on before the next
   * @param directory an empty one
   * @throws Exception when the rig does not start, or a part of it cannot be started again
   */
  public Outcome run(
      List<Scenario> scenarios, Duration time, Duration slot, long seed, Path directory)
      throws Exception {
    Random random = new Random(seed);
    try (Rig rig = start(Rig.Settings.of(directory, scenarios).forLong())) {
      rig.pause(WARM_UP);
      long until = System.nanoTime() + time.toNanos();
      List<Scenario> left = new ArrayList<>();
      Verdict verdict;
      do {
        if (left.isEmpty()) {
          left.addAll(scenarios);
          Collections.shuffle(left, random);
        }
        Scenario scenario = left.removeFirst();
        Scenario.Result result = take(scenario.run(rig, slot, random));
        verdict = verify(rig, scenario.name(), result.figures());
        rig.load().resume();
      } while (violations.isEmpty() && System.nanoTime() < until);
      return outcome(verdict);
    }
  }

  /**
   * Brings each fault about once, and looks at everything when all is done. Faults of different
   * parts come at the same time, so that it does not take the sum of their times.
   *
   * @param directory an empty one
   * @throws Exception when the rig does not start, or a part of it cannot be started again
   */
  public Outcome once(List<Scenario> scenarios, long seed, Path directory) throws Exception {
    List<Scenario> mixed = new ArrayList<>(scenarios);
    Collections.shuffle(mixed, new Random(seed));
    try (Rig rig = start(Rig.Settings.of(directory, scenarios));
        ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      Touched touched = new Touched();
      List<Future<Scenario.Result>> results = new ArrayList<>();
      while (!mixed.isEmpty()) {
        Scenario scenario = touched.takeOneOf(mixed);
        mixed.remove(scenario);
        out.println(scenario.name() + " begins");
        // Of its own, so that what it chooses does not hang on who came first.
        Random random = new Random(seed + scenario.name().hashCode());
        results.add(
            threads.submit(() -> {
              long begin = System.nanoTime();
              try {
                return scenario.run(rig, Duration.ZERO, random);
              } finally {
                touched.giveBack(scenario);
                out.printf(
                    "%s is over after %s%n",
                    scenario.name(), Faults.seconds(Duration.ofNanos(System.nanoTime() - begin)));
              }
            }));
      }
      for (Future<Scenario.Result> result : results) {
        take(result.get());
      }
      return outcome(verify(rig, "all, once", ""));
    }
  }

  /** The parts that a scenario has in hand. Thread-safe. */
  private static final class Touched {
    private final Set<Scenario.Part> parts = EnumSet.noneOf(Scenario.Part.class);

    /** The first whose parts nobody touches; waits for it. */
    synchronized Scenario takeOneOf(List<Scenario> scenarios) throws InterruptedException {
      while (true) {
        for (Scenario scenario : scenarios) {
          if (Collections.disjoint(parts, scenario.touches())) {
            parts.addAll(scenario.touches());
            return scenario;
          }
        }
        wait();
      }
    }

    synchronized void giveBack(Scenario scenario) {
      parts.removeAll(scenario.touches());
      notifyAll();
    }
  }

  private Rig start(Rig.Settings settings) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Rig rig = Rig.start(settings, out);
    out.printf(
        "%d broker(s), %d engines and %d workers answer after %s; all is in %s%n",
        rig.brokers().size(),
        rig.engines().size(),
        rig.workers().size(),
        Faults.seconds(Duration.ofNanos(System.nanoTime() - begin)),
        settings.directory());
    out.println(
        "| scenario | faults | accepted | executions | waiting | calls repeated"
            + " | threads replaced | measured | too long | violations |");
    out.flush();
    return rig;
  }

  private Scenario.Result take(Scenario.Result result) {
    faults += result.faults();
    late.addAll(result.late());
    violations.addAll(result.violations());
    return result;
  }

  private Verdict verify(Rig rig, String name, String figures) {
    Verdict verdict = rig.verify();
    violations.addAll(verdict.violations());
    out.printf(
        "| %s | %d | %d | %d | %d | %d | %d | %s | %d | %d |%n",
        name,
        faults,
        verdict.accepted(),
        verdict.executions(),
        verdict.waiting(),
        verdict.repeatedCalls(),
        verdict.replacedThreads(),
        figures,
        late.size(),
        violations.size());
    out.flush();
    return verdict;
  }

  private Outcome outcome(Verdict verdict) {
    Outcome outcome = new Outcome(faults, verdict, List.copyOf(late), List.copyOf(violations));
    late.forEach(out::println);
    violations.stream().limit(SHOWN_VIOLATIONS).forEach(out::println);
    out.printf(
        "%d faults, %d accepted calls, %d executions, %d times too long, %d violations: %s%n",
        faults,
        verdict.accepted(),
        verdict.executions(),
        late.size(),
        violations.size(),
        outcome.kept() ? "all promises kept" : "BROKEN");
    out.flush();
    return outcome;
  }
}
