package dev.millrace.chaos;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;

/** SIGKILL of one engine of three; the others go on with its work before it is started again. */
final class KillEngine implements Scenario {
  private static final Duration LIMIT = Rig.SESSION.plusSeconds(2);

  @Override
  public String name() {
    return "kill-engine";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.ENGINES);
  }

  @Override
  public String fault() {
    return "SIGKILL of one of three engines, which is started again when others have its work";
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
              engine.kill();
              rig.pause(LIMIT.plusSeconds(4));
              Duration stood = rig.progress().longestGap(begin, System.nanoTime());
              engine.start().awaitReady();
              faults.require(
                  rig.awaitBalanced(Duration.ofSeconds(60)), "the engines did not find together");
              return faults.within(LIMIT, stood, "kill " + number + " of " + engine.name());
            })
        .result();
  }
}
