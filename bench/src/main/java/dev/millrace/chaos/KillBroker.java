package dev.millrace.chaos;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;

/** SIGKILL of each of three brokers in turn; every record is on three, and written when on two. */
final class KillBroker implements Scenario {
  /** Until another broker leads what the dead one led, and every client has heard of it. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "kill-broker";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.BROKERS);
  }

  @Override
  public String fault() {
    return "SIGKILL of one of three brokers after the other, started again after 5 to 10 s";
  }

  @Override
  public int brokers() {
    return 3;
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    int first = random.nextInt(rig.brokers().size());
    return faults
        .repeat(
            time,
            number -> {
              RigProcess broker = rig.brokers().get((first + number) % rig.brokers().size());
              faults.require(
                  rig.awaitInSync(Duration.ofSeconds(90)), "the replicas did not catch up");
              rig.pause(Faults.upTo(Duration.ofSeconds(3), random));
              long begin = System.nanoTime();
              broker.kill();
              rig.pause(Duration.ofSeconds(5).plus(Faults.upTo(Duration.ofSeconds(5), random)));
              broker.start().awaitReady();
              faults.require(
                  rig.awaitInSync(Duration.ofSeconds(90)), "the replicas did not catch up");
              faults.require(
                  rig.awaitBalanced(Duration.ofSeconds(60)), "the engines did not find together");
              return faults.within(
                  LIMIT,
                  rig.progress().longestGap(begin, System.nanoTime()),
                  "kill " + number + " of " + broker.name());
            })
        .result();
  }
}
