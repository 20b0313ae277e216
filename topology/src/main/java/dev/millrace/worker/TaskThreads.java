package dev.millrace.worker;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The virtual threads that tasks run on. Whatever a handler throws, each task that was started ends
 * exactly once. May be used from any thread.
 */
final class TaskThreads {
  private static final Logger LOG = LoggerFactory.getLogger(TaskThreads.class);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  record Ended(TaskId id, Outcome outcome) {}

  private interface Work {
    Outcome run() throws Exception;
  }

  /** A started task. What it was told before it was interrupted decides how its end is taken. */
  private static final class Run {
    final byte @Nullable [] key;
    volatile @Nullable Outcome told;
    volatile @Nullable Thread thread;

    Run(byte @Nullable [] key) {
      this.key = key;
    }

    void stop(Outcome outcome) {
      // A task that was cancelled is not wanted elsewhere either.
      if (!(told instanceof Outcome.Cancelled)) {
        told = outcome;
      }
      Thread runs = thread;
      if (runs != null) {
        runs.interrupt();
      }
    }
  }

  private final TaskHandler handler;
  private final Duration retryAfter;
  private final Map<TaskId, Run> runs = new ConcurrentHashMap<>();
  private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();

  /**
   * @param retryAfter how long giving a task up waits for its second try
   */
  TaskThreads(TaskHandler handler, Duration retryAfter) {
    this.handler = handler;
    this.retryAfter = retryAfter;
  }

  void run(Delivery task) {
    start(
        task,
        () -> {
          handler.handle(task.key(), task.value(), task.deliveryCount());
          return new Outcome.Handled();
        });
  }

  void giveUp(Delivery task, @Nullable Throwable last) {
    start(
        task,
        () -> {
          giveUpAtLast(task, last);
          return new Outcome.GivenUp();
        });
  }

  /** Deliveries are limited, so a failure to give up must not cost one. */
  private void giveUpAtLast(Delivery task, @Nullable Throwable last) throws InterruptedException {
    Duration wait = retryAfter;
    while (true) {
      try {
        handler.giveUp(task.key(), task.value(), task.deliveryCount(), last);
        return;
      } catch (InterruptedException stopped) {
        throw stopped;
      } catch (Exception failed) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LOG.error(
            "Task {} was delivered {} times, and giving it up failed; it is tried again in {} ms",
            task.id(),
            task.deliveryCount(),
            wait.toMillis(),
            failed);
      }
      Thread.sleep(wait);
      wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
    }
  }

  private void start(Delivery task, Work work) {
    Run run = new Run(task.key());
    runs.put(task.id(), run);
    try {
      Thread thread =
          Thread.ofVirtual().name("task-" + task.id()).unstarted(() -> runToEnd(task, run, work));
      run.thread = thread;
      thread.start();
    } catch (Throwable notStarted) {
      end(task.id(), new Outcome.Failed(notStarted));
    }
  }

  private void runToEnd(Delivery task, Run run, Work work) {
    Outcome outcome;
    try {
      // An interrupt before the thread ran went nowhere.
      Outcome early = run.told;
      outcome = early == null ? work.run() : early;
    } catch (Throwable thrown) {
      // Being interrupted shows in many ways: a closed channel, a failed call with a cause.
      Outcome told = run.told;
      if (told != null) {
        outcome = told;
      } else if (thrown instanceof InterruptedException) {
        outcome = new Outcome.Stopped();
      } else {
        outcome = new Outcome.Failed(thrown);
      }
    }
    end(task.id(), outcome);
  }

  private void end(TaskId id, Outcome outcome) {
    runs.remove(id);
    ended.add(new Ended(id, outcome));
  }

  /** Waits until a task has ended, then takes all that have. */
  void awaitEnded(Duration patience, List<Ended> into) throws InterruptedException {
    Ended first = ended.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      into.add(first);
      ended.drainTo(into);
    }
  }

  /** Takes all that have ended since the last call, without waiting. */
  void drainEnded(List<Ended> into) {
    ended.drainTo(into);
  }

  int running() {
    return runs.size();
  }

  /**
   * @return whether a task with such a key was running
   */
  boolean cancel(Predicate<byte[]> keys) {
    boolean any = false;
    for (Run run : runs.values()) {
      byte[] key = run.key;
      if (key != null && keys.test(key)) {
        run.stop(new Outcome.Cancelled());
        any = true;
      }
    }
    return any;
  }

  void stopAll() {
    runs.values().forEach(run -> run.stop(new Outcome.Stopped()));
  }
}
