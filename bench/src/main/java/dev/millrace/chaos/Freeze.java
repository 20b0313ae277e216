package dev.millrace.chaos;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * SIGSTOP of an engine for longer than its session and its transaction last, and SIGCONT: it wakes
 * up and believes that it still owns what others have taken over.
 */
final class Freeze implements Scenario {
  /**
   * More than a dead engine's: the broker has to end the transaction of a member that is still
   * connected, and the group is balanced again.
   */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Past the session, the transaction, and what others need to take over. */
  private static final Duration SHORTEST = Rig.SESSION.plusSeconds(4);

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
              rig.pause(SHORTEST.plus(Faults.upTo(Duration.ofSeconds(5), random)));
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
