package dev.millrace.chaos;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * Ten times as many calls as the installation answers: what it cannot take it refuses with 429 and
 * a time to come again, what it takes it completes, and none of its processes grows.
 *
 * <p>Capacity is what callers get answered who each wait for their answer before they call again,
 * just before the storm. Callers and installation share this machine, so the storm may not come to
 * ten times; the figures say what it came to.
 *
 * <p>Memory is what the system has resident for each process at most, as it tells in {@code
 * /proc/PID/status} (VmHWM, set back before the storm); where it does not tell, only that no
 * process ended counts: each has a heap of fixed size and ends when that is used up.
 */
final class Storm implements Scenario {
  private static final int TIMES = 10;
  private static final int CALLERS = 24;
  private static final Duration MEASURED = Duration.ofSeconds(3);
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofSeconds(15);
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  /** So many connections at most; more calls that are due meanwhile are left out. */
  private static final int MOST_OPEN = 3_000;

  /** A process may grow by its heap, which starts small, and the buffers of its connections. */
  private static final long MOST_GROWTH = 192L << 20;

  private static final int OK = 200;
  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;
  private static final int CUT_OFF = 0;

  @Override
  public String name() {
    return "storm";
  }

  @Override
  public Set<Part> touches() {
    return EnumSet.allOf(Part.class);
  }

  @Override
  public String fault() {
    return "ten times as many calls as were answered before";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    Duration length = time.dividedBy(3);
    Duration storm =
        length.compareTo(SHORTEST) < 0
            ? SHORTEST
            : length.compareTo(LONGEST) > 0 ? LONGEST : length;
    return faults.repeat(time, number -> storm(rig, faults, storm)).result();
  }

  private static Duration storm(Rig rig, Faults faults, Duration length) throws Exception {
    double capacity = capacity(rig);
    List<RigProcess> parts = new ArrayList<>(rig.brokers());
    parts.addAll(rig.engines());
    parts.addAll(rig.workers());
    parts.add(rig.ingress());
    Map<RigProcess, Long> pids = new LinkedHashMap<>();
    Map<RigProcess, Long> before = new LinkedHashMap<>();
    for (RigProcess part : parts) {
      part.pid().ifPresent(pid -> pids.put(part, pid));
      part.forgetPeakMemory();
      part.peakMemory().ifPresent(bytes -> before.put(part, bytes));
    }
    Answers answers = new Answers();
    long begin = System.nanoTime();
    double offered = blow(rig, capacity * TIMES, length, answers);
    Duration ended = Duration.ofNanos(System.nanoTime() - begin);
    long calm = rig.load().acceptedCalls();
    long from = System.nanoTime();
    faults.require(
        rig.await(RECOVERY, () -> rig.load().acceptedCalls() > calm + CALLERS),
        "after the storm calls were not answered");
    Duration recovered = Duration.ofNanos(System.nanoTime() - from);
    faults.require(
        answers.of(OK) > 0 && answers.of(TOO_MANY) > 0,
        "a storm brought no 429, or nothing else: " + answers);
    faults.require(
        answers.withoutTime.get() == 0,
        answers.withoutTime.get() + " refusals did not say when to come again");
    faults.require(
        answers.unexpected() == 0, "calls of the storm were answered otherwise: " + answers);
    long most = 0;
    for (RigProcess part : parts) {
      faults.require(
          part.alive() && part.pid().equals(Optional.ofNullable(pids.get(part))),
          part.name() + " ended in the storm");
      long grown = part.peakMemory().orElse(0L) - before.getOrDefault(part, 0L);
      most = Math.max(most, grown);
      faults.require(
          grown <= MOST_GROWTH, part.name() + " grew by " + (grown >> 20) + " MiB in the storm");
    }
    String figure =
        String.format(
            Locale.ROOT,
            "%.0f calls a second answered before, %.0f made (%.1f times): %s; the webhook server had"
                + " %d MiB at most, no process grew by more than %d; answering as before after %s",
            capacity,
            offered,
            offered / capacity,
            answers,
            rig.ingress().peakMemory().orElse(0L) >> 20,
            most >> 20,
            Faults.seconds(recovered));
    rig.tell(figure);
    faults.measured(figure);
    return rig.progress().longestGap(begin, begin + ended.toNanos());
  }

  /** Calls that are answered a second when each caller waits for its answer. */
  private static double capacity(Rig rig) {
    AtomicInteger answered = new AtomicInteger();
    long begin = System.nanoTime();
    long until = begin + MEASURED.toNanos();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        callers.execute(() -> {
          while (System.nanoTime() - until < 0) {
            if (call(rig, new Answers()) == OK) {
              answered.incrementAndGet();
            }
          }
        });
      }
    }
    return answered.get() / ((System.nanoTime() - begin) / 1e9);
  }

  /** Answers how many calls a second were made. */
  private static double blow(Rig rig, double perSecond, Duration length, Answers answers) {
    long begin = System.nanoTime();
    long made = 0;
    AtomicInteger open = new AtomicInteger();
    double took;
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (long due = 0, past = 0; past < length.toNanos(); past = System.nanoTime() - begin) {
        for (long now = (long) (past / 1e9 * perSecond); due < now; due++) {
          if (open.get() < MOST_OPEN) {
            open.incrementAndGet();
            made++;
            callers.execute(() -> {
              try {
                call(rig, answers);
              } finally {
                open.decrementAndGet();
              }
            });
          }
        }
        LockSupport.parkNanos(1_000_000);
      }
      took = (System.nanoTime() - begin) / 1e9;
    }
    return made / took;
  }

  private static final AtomicLong CALLS = new AtomicLong(System.nanoTime());

  private static int call(Rig rig, Answers answers) {
    long n = CALLS.getAndIncrement();
    String callId = "t" + n;
    try {
      HttpResponse<String> response = rig.load().post(Mix.SIMPLE, callId, n % 1_000, List.of());
      if (response.statusCode() == OK) {
        rig.load().accept(Mix.SIMPLE, callId, response);
      }
      answers.add(response);
      return response.statusCode();
    } catch (IOException notAnswered) {
      answers.cutOff();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    return CUT_OFF;
  }

  /** What callers were told. Thread-safe. */
  private static final class Answers {
    private final Map<Integer, AtomicInteger> byStatus = new ConcurrentHashMap<>();
    private final AtomicInteger withoutTime = new AtomicInteger();

    void add(HttpResponse<String> response) {
      int status = response.statusCode();
      count(status);
      if ((status == TOO_MANY || status == UNAVAILABLE)
          && response
              .headers()
              .firstValue("Retry-After")
              .filter(t -> t.matches("[1-9]\\d*"))
              .isEmpty()) {
        withoutTime.incrementAndGet();
      }
    }

    void cutOff() {
      count(CUT_OFF);
    }

    private void count(int status) {
      byStatus.computeIfAbsent(status, any -> new AtomicInteger()).incrementAndGet();
    }

    int of(int status) {
      AtomicInteger count = byStatus.get(status);
      return count == null ? 0 : count.get();
    }

    int unexpected() {
      return byStatus.entrySet().stream()
          .filter(e -> !List.of(OK, TOO_MANY, UNAVAILABLE, CUT_OFF).contains(e.getKey()))
          .mapToInt(e -> e.getValue().get())
          .sum();
    }

    @Override
    public String toString() {
      List<String> texts = new ArrayList<>();
      new TreeMap<>(byStatus)
          .forEach((status, count) ->
              texts.add(count + (status == CUT_OFF ? " without an answer" : " with " + status)));
      return String.join(", ", texts);
    }
  }
}
