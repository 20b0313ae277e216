package dev.millrace.chaos;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * SIGSTOP of an engine for longer than its session and its transaction last, and SIGCONT: it wakes
 * up and believes that it still owns what others have taken over.
 */
final class Freeze implements Scenario {
  private static final Duration LIMIT = Rig.SESSION.plusSeconds(2);

  @Override
  public String name() {
    return "freeze";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.ENGINES);
  }

  @Override
  public String fault() {
    return "SIGSTOP of one of three engines for 10 to 15 s, then SIGCONT";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    return faults
        .repeat(
            time,
            number -> {
              RigProcess engine = Faults.any(rig.engines(), random);
              rig.pause(Faults.upTo(Duration.ofSeconds(3), random));
              long begin = System.nanoTime();
              engine.freeze();
              rig.pause(LIMIT.plusSeconds(2).plus(Faults.upTo(Duration.ofSeconds(5), random)));
              Duration stood = rig.progress().longestGap(begin, System.nanoTime());
              engine.thaw();
              faults.require(
                  rig.awaitBalanced(Duration.ofSeconds(60)),
                  engine.name() + " did not come back to the others");
              faults.require(engine.alive(), engine.name() + " ended");
              return faults.within(LIMIT, stood, "freeze " + number + " of " + engine.name());
            })
        .result();
  }
}
