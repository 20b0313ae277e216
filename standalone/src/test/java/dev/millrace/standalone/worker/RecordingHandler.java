package dev.millrace.standalone.worker;

import static java.util.Objects.requireNonNull;

import dev.millrace.worker.TaskHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Notes what it is asked to do, and does what it is told to for a key. */
final class RecordingHandler implements TaskHandler {
  interface Behaviour {
    void run(String key, int deliveryCount) throws Exception;
  }

  record GivenUp(String key, int deliveryCount, @Nullable Throwable last) {}

  /** Delivery counts of the runs that began, by key. */
  final Map<String, List<Integer>> started = new ConcurrentHashMap<>();

  final Map<String, Integer> finished = new ConcurrentHashMap<>();
  final List<GivenUp> givenUp = new CopyOnWriteArrayList<>();
  final AtomicInteger running = new AtomicInteger();
  final AtomicInteger mostRunning = new AtomicInteger();
  final AtomicInteger failuresToGiveUp = new AtomicInteger();
  private final Behaviour behaviour;

  RecordingHandler(Behaviour behaviour) {
    this.behaviour = behaviour;
  }

  RecordingHandler() {
    this((key, deliveryCount) -> {});
  }

  @Override
  public void handle(byte @Nullable [] key, byte @Nullable [] value, int deliveryCount)
      throws Exception {
    String name = new String(requireNonNull(key), StandardCharsets.UTF_8);
    started.computeIfAbsent(name, k -> new CopyOnWriteArrayList<>()).add(deliveryCount);
    mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
    try {
      behaviour.run(name, deliveryCount);
    } finally {
      running.decrementAndGet();
    }
    finished.merge(name, 1, Integer::sum);
  }

  @Override
  public void giveUp(
      byte @Nullable [] key, byte @Nullable [] value, int deliveryCount, @Nullable Throwable last) {
    if (failuresToGiveUp.getAndDecrement() > 0) {
      throw new IllegalStateException("not yet");
    }
    String name = new String(requireNonNull(key), StandardCharsets.UTF_8);
    givenUp.add(new GivenUp(name, deliveryCount, last));
  }
}
