package dev.millrace.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** From one engine to three and to two under load: started and stopped in good order. */
final class Scale implements Scenario {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.ENGINES);
  }

  @Override
  public String fault() {
    return "engines from 1 to 3 to 2 and back to 3, stopped in good order";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    return faults
        .repeat(
            time,
            number -> {
              List<RigProcess> engines = rig.engines();
              int last = random.nextInt(engines.size());
              long begin = System.nanoTime();
              for (int i = 0; i < engines.size(); i++) {
                if (i != last) {
                  engines.get(i).stop();
                }
              }
              require(faults, rig, "one engine");
              engines.stream().filter(engine -> !engine.alive()).forEach(RigProcess::start);
              engines.forEach(RigProcess::awaitReady);
              require(faults, rig, "three engines");
              RigProcess leaving = engines.get(last);
              leaving.stop();
              require(faults, rig, "two engines");
              rig.pause(Duration.ofSeconds(3));
              Duration stood = rig.progress().longestGap(begin, System.nanoTime());
              leaving.start().awaitReady();
              require(faults, rig, "three engines again");
              return faults.within(LIMIT, stood, "round " + number);
            })
        .result();
  }

  private static void require(Faults faults, Rig rig, String stage) {
    faults.require(
        rig.awaitBalanced(Duration.ofSeconds(60)), stage + " did not share all partitions");
  }
}
