package dev.millrace.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * SIGKILL of one worker of two at any moment, and every other time between a call and its result.
 */
final class KillWorker implements Scenario {
  /** A worker's tasks are free when the broker sees its connection break, or with its session. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final int MOST_CALLS = 20;

  @Override
  public String name() {
    return "kill-worker";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.WORKERS);
  }

  @Override
  public String fault() {
    return "SIGKILL of one of two workers, every other time between a call and its result";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    return faults
        .repeat(
            time,
            number -> {
              RigProcess worker = Faults.any(rig.workers(), random);
              long begin;
              if (number % 2 == 0) {
                worker.stop();
                int calls = 1 + random.nextInt(MOST_CALLS);
                worker.start(List.of("-Dmillrace.fail.after-call=" + calls)).awaitReady();
                begin = System.nanoTime();
                faults.require(
                    worker.awaitEnd(Duration.ofSeconds(60)),
                    worker.name() + " did not come to its fail point after " + calls + " calls");
              } else {
                rig.pause(Faults.upTo(Duration.ofSeconds(3), random));
                begin = System.nanoTime();
                worker.kill();
              }
              worker.kill();
              long called = rig.load().acceptedCalls();
              faults.require(
                  rig.await(LIMIT, () -> rig.load().acceptedCalls() > called + 20),
                  "calls were not answered any more");
              worker.start().awaitReady();
              return faults.within(
                  LIMIT,
                  rig.progress().longestGap(begin, System.nanoTime()),
                  "kill " + number + " of " + worker.name());
            })
        .result();
  }
}
