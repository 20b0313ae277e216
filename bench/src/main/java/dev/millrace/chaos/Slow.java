package dev.millrace.chaos;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * One service that hangs, trickles, or answers 503, while one workflow goes on calling it and all
 * others go on beside it.
 *
 * <p>What others answer in is compared within the run: a time without the fault comes before each
 * time with it, under the same load, so that what the machine does meanwhile falls on both. A p99
 * of some hundred calls hangs on five of them, so the pairs of times are drawn again and again with
 * repetition: where nine of ten such draws do not agree on which side of the limit the ratio is,
 * nothing can be told yet, and it is measured on.
 */
final class Slow implements Scenario {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final double MOST_TIMES = 1.5;

  /** So often at most it is measured until the draws agree; then the ratio of all decides. */
  private static final int MOST_MEASURED = 10;

  private static final int DRAWS = 400;
  private static final double OUTSIDE = 0.05;

  private static final Duration CALL_EVERY = Duration.ofMillis(200);
  private static final Duration SHORTEST_WINDOW = Duration.ofSeconds(4);
  private static final Duration LONGEST_WINDOW = Duration.ofSeconds(60);

  /** A call that began when the fault was over needs its time limit, its pause, and a moment. */
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private static final String PATH = "/slow";
  private static final int OK = 200;
  private static final int NOT_AVAILABLE = 503;
  private static final byte[] NOTHING = new byte[0];

  /** How the service fails; ends when it is to be well again. */
  @FunctionalInterface
  private interface Failing {
    void answer(HttpExchange exchange, CountDownLatch over)
        throws IOException, InterruptedException;
  }

  /**
   * @param what for messages: what the service does
   */
  private record Way(String what, Failing failing) {}

  private static final List<Way> WAYS =
      List.of(
          new Way("hangs", Slow::hang),
          new Way("trickles", Slow::trickle),
          new Way("answers 503", Slow::refuse));

  /** What was answered in a time without the fault, and in the time with it that came after. */
  private record Pair(List<RigLoad.Answered> calm, List<RigLoad.Answered> ill) {}

  /** How many times longer it took beside the fault, and between what nine of ten draws lie. */
  private record Ratio(double times, double least, double most) {
    boolean undecided() {
      return least <= MOST_TIMES && most >= MOST_TIMES;
    }
  }

  private final List<Pair> pairs = new ArrayList<>();

  @Override
  public String name() {
    return "slow";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.STUB);
  }

  @Override
  public String fault() {
    return "a service hangs, trickles and answers 503 in turn, while one workflow goes on calling it";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    pairs.clear();
    Faults faults = new Faults(rig);
    int first = random.nextInt(WAYS.size());
    Duration window = window(time);
    try (Callers callers = new Callers(rig)) {
      Faults.Fault fault =
          number -> fault(rig, faults, callers, WAYS.get((first + number) % WAYS.size()), window);
      faults.repeat(time, fault);
      for (int more = 1; more < MOST_MEASURED && ratio(random).undecided(); more++) {
        faults.repeat(window.multipliedBy(2L * WAYS.size()), fault);
      }
    } finally {
      rig.stub().behave(RecordingStub.Behaviour.ECHO);
    }
    compare(rig, faults, random);
    return faults.result();
  }

  private static Duration window(Duration time) {
    Duration window = time.dividedBy(2L * WAYS.size());
    return window.compareTo(SHORTEST_WINDOW) < 0
        ? SHORTEST_WINDOW
        : window.compareTo(LONGEST_WINDOW) > 0 ? LONGEST_WINDOW : window;
  }

  private Duration fault(Rig rig, Faults faults, Callers callers, Way way, Duration window) {
    long calm = System.nanoTime();
    rig.stub().behave(callers::answer);
    rig.pause(window);
    long begin = System.nanoTime();
    CountDownLatch over = new CountDownLatch(1);
    rig.stub()
        .behave((exchange, body) -> {
          if (exchange.getRequestURI().getPath().equals(PATH)) {
            way.failing().answer(exchange, over);
          } else {
            RecordingStub.Behaviour.ECHO.answer(exchange, body);
          }
        });
    rig.pause(window);
    long end = System.nanoTime();
    rig.stub().behave(callers::answer);
    over.countDown();
    int missing = callers.unanswered(end).size();
    faults.require(
        rig.await(RECOVERY, () -> callers.unanswered(end).isEmpty()),
        "calls of a service that %s were not made again when it was well".formatted(way.what()));
    pairs.add(
        new Pair(rig.load().answeredWithin(calm, begin), rig.load().answeredWithin(begin, end)));
    Duration stood = rig.progress().longestGap(begin, end);
    return faults.within(
        LIMIT,
        stood,
        "a service that %s for %s, %d calls waited"
            .formatted(way.what(), Faults.seconds(window), missing));
  }

  private void compare(Rig rig, Faults faults, RandomGenerator random) {
    List<RigLoad.Answered> calm = calm(pairs);
    List<RigLoad.Answered> ill = ill(pairs);
    faults.require(
        !calm.isEmpty() && !ill.isEmpty(), "nothing was answered while a service failed");
    if (calm.isEmpty() || ill.isEmpty()) {
      return;
    }
    Ratio ratio = ratio(random);
    String figure =
        String.format(
            Locale.ROOT,
            "p99 of %d calls %.0f ms, of %d beside the fault %.0f ms: %.2f times (%.2f to %.2f in"
                + " nine of ten draws)",
            calm.size(),
            p99(calm),
            ill.size(),
            p99(ill),
            ratio.times(),
            ratio.least(),
            ratio.most());
    rig.tell(figure);
    for (Mix kind : Mix.values()) {
      if (kind.answered()) {
        rig.tell(
            String.format(
                Locale.ROOT,
                "%s: p99 %.0f ms, beside the fault %.0f ms",
                kind.path(),
                p99(of(kind, calm)),
                p99(of(kind, ill))));
      }
    }
    faults.measured(figure);
    if (ratio.times() > MOST_TIMES) {
      faults.late("beside a slow service others took longer: " + figure);
    }
  }

  /** Whole pairs are drawn: calls of one time share what the machine did then. */
  private Ratio ratio(RandomGenerator random) {
    double[] drawn = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      List<Pair> some = new ArrayList<>();
      for (int i = 0; i < pairs.size(); i++) {
        some.add(pairs.get(random.nextInt(pairs.size())));
      }
      drawn[draw] = times(some);
    }
    Arrays.sort(drawn);
    return new Ratio(
        times(pairs), drawn[(int) (DRAWS * OUTSIDE)], drawn[(int) (DRAWS * (1 - OUTSIDE))]);
  }

  private static double times(List<Pair> some) {
    return p99(ill(some)) / p99(calm(some));
  }

  private static List<RigLoad.Answered> calm(List<Pair> some) {
    return some.stream().flatMap(pair -> pair.calm().stream()).toList();
  }

  private static List<RigLoad.Answered> ill(List<Pair> some) {
    return some.stream().flatMap(pair -> pair.ill().stream()).toList();
  }

  private static List<RigLoad.Answered> of(Mix kind, List<RigLoad.Answered> calls) {
    return calls.stream().filter(call -> call.kind() == kind).toList();
  }

  /** Milliseconds, of the kinds that are answered at their end. */
  private static double p99(List<RigLoad.Answered> calls) {
    double[] sorted =
        calls.stream()
            .filter(call -> call.kind().answered())
            .mapToDouble(call -> call.took().toNanos() / 1e6)
            .sorted()
            .toArray();
    return sorted.length == 0 ? Double.NaN : sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
  }

  private static void hang(HttpExchange exchange, CountDownLatch over) throws InterruptedException {
    over.await();
  }

  private static void trickle(HttpExchange exchange, CountDownLatch over)
      throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(OK, 1 << 20);
    OutputStream out = exchange.getResponseBody();
    out.write('{');
    do {
      out.write(' ');
      out.flush();
    } while (!over.await(250, TimeUnit.MILLISECONDS));
  }

  private static void refuse(HttpExchange exchange, CountDownLatch over) throws IOException {
    RecordingStub.answer(exchange, NOT_AVAILABLE, NOTHING);
  }

  /**
   * Calls the workflow at a constant rate, and knows which of its calls the service has answered.
   */
  private static final class Callers implements AutoCloseable {
    private final Rig rig;
    private final Map<String, Long> called = new ConcurrentHashMap<>();
    private final Set<String> served = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final String prefix = "s" + System.nanoTime() + "-";
    private volatile boolean closing;

    Callers(Rig rig) {
      this.rig = rig;
      threads.execute(this::run);
    }

    private void run() {
      for (long n = 0; !closing; n++) {
        long mine = n;
        threads.execute(() -> call(prefix + mine, mine));
        LockSupport.parkNanos(CALL_EVERY.toNanos());
      }
    }

    private void call(String callId, long n) {
      try {
        HttpResponse<String> response = rig.load().post(Mix.SLOW, callId, n, List.of());
        if (response.statusCode() == OK) {
          rig.load().accept(Mix.SLOW, callId, response);
          called.put(callId, System.nanoTime());
        }
      } catch (IOException notAccepted) {
        // Then it need not run.
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }

    /** Answers as a service that is well, and notes for whom. */
    void answer(HttpExchange exchange, byte[] body) throws IOException {
      RecordingStub.answer(exchange, OK, body);
      if (exchange.getRequestURI().getPath().equals(PATH)
          && Json.parseObject(body).get("id") instanceof String id) {
        served.add(id);
      }
    }

    /** Calls that were accepted before a time and have not reached a service that was well. */
    Set<String> unanswered(long before) {
      Set<String> left = ConcurrentHashMap.newKeySet();
      called.forEach((id, at) -> {
        if (at - before < 0 && !served.contains(id)) {
          left.add(id);
        }
      });
      return left;
    }

    @Override
    public void close() {
      closing = true;
      threads.close();
    }
  }
}
