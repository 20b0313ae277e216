package dev.millrace.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Repeats a fault for a time, and gathers how long partitions stood still after each. */
final class Faults {
  /** One fault; answers the longest time in which a partition showed nothing new. */
  @FunctionalInterface
  interface Fault {
    Duration bring(int number) throws Exception;
  }

  private final Rig rig;
  private final List<String> violations = new ArrayList<>();
  private final List<String> late = new ArrayList<>();
  private final List<String> figures = new ArrayList<>();
  private final List<Duration> stood = new ArrayList<>();

  Faults(Rig rig) {
    this.rig = rig;
  }

  /** Brings it about once, and again as long as the time lasts. */
  Faults repeat(Duration time, Fault fault) throws Exception {
    long until = System.nanoTime() + time.toNanos();
    do {
      Duration longest = fault.bring(stood.size() + 1);
      stood.add(longest);
    } while (System.nanoTime() < until);
    return this;
  }

  /** Holds something to be so. */
  void require(boolean kept, String otherwise) {
    if (!kept) {
      violations.add(otherwise);
      rig.tell("BROKEN: " + otherwise);
    }
  }

  /** Holds the longest standstill of a fault against its limit. */
  Duration within(Duration limit, Duration longest, String what) {
    rig.tell("%s: no partition stood still for more than %s".formatted(what, seconds(longest)));
    if (longest.compareTo(limit) > 0) {
      late.add(
          "%s: a partition stood still for %s, more than %s"
              .formatted(what, seconds(longest), seconds(limit)));
    }
    return longest;
  }

  /** Notes what was measured, for the table. */
  void measured(String figure) {
    figures.add(figure);
  }

  /** Notes that something took longer, or was slower, than promised. */
  void late(String what) {
    late.add(what);
    rig.tell("LATE: " + what);
  }

  Scenario.Result result() {
    Duration longest = stood.stream().max(Duration::compareTo).orElse(Duration.ZERO);
    Duration median = stood.stream().sorted().toList().get(stood.size() / 2);
    return new Scenario.Result(
        stood.size(),
        Stream.concat(
                Stream.of(
                    "stood still %s in the middle, %s at most"
                        .formatted(seconds(median), seconds(longest))),
                figures.stream())
            .collect(Collectors.joining("; ")),
        late,
        violations);
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1_000.0);
  }

  static <T> T any(List<T> all, RandomGenerator random) {
    return all.get(random.nextInt(all.size()));
  }

  /** From nothing to {@code most}. */
  static Duration upTo(Duration most, RandomGenerator random) {
    return Duration.ofMillis(random.nextLong(most.toMillis()));
  }
}
