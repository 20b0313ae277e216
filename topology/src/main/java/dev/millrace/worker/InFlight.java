package dev.millrace.worker;

import dev.millrace.worker.Settlement.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The books of the delivered tasks: which may start, what the broker is told when, and whether
 * there is room for more. Knows neither Kafka nor a clock; times are nanoseconds of any origin.
 * Belongs to the polling thread.
 *
 * <p>A delivery is <i>held</i> as long as the broker counts it as ours. It is lost when a
 * connection breaks, a lock runs out or an acknowledgement is refused. Nothing is said about a
 * delivery that is lost: the broker would refuse it, and with it every acknowledgement of the same
 * partition in the same request. The task goes on and its delivery is held again if the broker
 * hands it to this worker once more.
 */
final class InFlight {
  enum Arrival {
    /** New: run it. */
    RUN,
    /** New, and delivered too often: give it up. */
    GIVE_UP,
    /** Runs or ran here already: do nothing. */
    KNOWN
  }

  /** Often enough for delays of a tenth of a second, seldom enough to cost nothing. */
  private static final long SCAN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Finished tasks whose acknowledgement is not confirmed; far more than a poll has records. */
  private static final int REMEMBERED_SETTLED = 10_000;

  private static final int REMEMBERED_FAILURES = 200;

  /** The longest wait after a failure, as a multiple of the first one. */
  private static final int LONGEST_WAIT = 30;

  private static final class Task {
    final int deliveryCount;
    int bytes;
    boolean held = true;
    long lockedSince;
    boolean renewing;
    long renewedAt;
    @Nullable Verdict verdict;
    long dueAt;

    Task(int deliveryCount, int bytes, long lockedSince) {
      this.deliveryCount = deliveryCount;
      this.bytes = bytes;
      this.lockedSince = lockedSince;
    }
  }

  private final PumpSettings settings;
  private long lockNanos;

  /** What runs, and what ended but the broker was not told of. */
  private final Map<TaskId, Task> open = new HashMap<>();

  /** What ended for good and the broker has not confirmed. */
  private final Map<TaskId, Verdict> settled = bounded(REMEMBERED_SETTLED);

  private final Map<TaskId, Throwable> failures = bounded(REMEMBERED_FAILURES);
  private final Deque<TaskId> ready = new ArrayDeque<>();
  private final List<Settlement> again = new ArrayList<>();
  private long nextScan = Long.MIN_VALUE;
  private long bytes;
  private long done;
  private long released;
  private long givenUp;
  private long renewed;
  private long lost;

  InFlight(PumpSettings settings) {
    this.settings = settings;
    this.lockNanos = settings.lock().toNanos();
  }

  /** The broker's lock is the group's, which may differ from what this worker wanted. */
  void lockIs(long nanos) {
    lockNanos = nanos;
  }

  /** Whether all that one poll may answer would keep within the bounds. */
  boolean hasRoom() {
    return open.size() + settings.polledRecords() <= settings.maxTasks()
        && bytes + settings.polledBytes() <= settings.maxBytes();
  }

  /**
   * A delivery by the broker.
   *
   * @param size bytes of key and value
   * @param now a time at which the broker had not delivered it yet
   */
  Arrival arrived(TaskId id, int deliveryCount, int size, long now) {
    Task known = open.get(id);
    if (known != null) {
      known.held = true;
      known.renewing = false;
      known.lockedSince = now;
      return Arrival.KNOWN;
    }
    Verdict verdict = settled.get(id);
    if (verdict != null) {
      again.add(new Settlement(id, verdict));
      return Arrival.KNOWN;
    }
    open.put(id, new Task(deliveryCount, size, now));
    bytes += size;
    return deliveryCount > settings.maxDeliveries() ? Arrival.GIVE_UP : Arrival.RUN;
  }

  /** A run's end. One that is not known any more has no effect. */
  void ended(TaskId id, Outcome outcome, long now) {
    Task task = open.get(id);
    if (task == null || task.verdict != null) {
      return;
    }
    free(task);
    task.dueAt = now;
    switch (outcome) {
      case Outcome.Handled() -> {
        done++;
        task.verdict = Verdict.ACCEPT;
      }
      case Outcome.Cancelled() -> task.verdict = Verdict.ACCEPT;
      case Outcome.GivenUp() -> {
        givenUp++;
        task.verdict = Verdict.REJECT;
      }
      case Outcome.Stopped() -> task.verdict = Verdict.RELEASE;
      case Outcome.Failed(Throwable why) -> {
        task.verdict = Verdict.RELEASE;
        task.dueAt = now + waitAfter(task.deliveryCount);
        failures.put(id, why);
      }
    }
    if (task.dueAt == now) {
      ready.add(id);
    }
  }

  private long waitAfter(int deliveryCount) {
    long factor = Math.min(LONGEST_WAIT, 1L << Math.clamp(deliveryCount - 1, 0, 30));
    return settings.retryAfter().toNanos() * factor;
  }

  /** What the last run of a task threw, if it ran here and not too long ago. */
  @Nullable Throwable lastFailure(TaskId id) {
    return failures.get(id);
  }

  /** Everything that waits or runs is to be given back without further delay. */
  void giveBackAll(long now) {
    open.forEach((id, task) -> {
      if (task.verdict == null) {
        free(task);
        task.verdict = Verdict.RELEASE;
      }
      task.renewing = false;
      task.dueAt = now;
      ready.add(id);
    });
  }

  /** What waits after a failure is to be given back without further delay. */
  void giveBackWaiting(long now) {
    open.forEach((id, task) -> {
      if (task.verdict != null) {
        task.dueAt = now;
        ready.add(id);
      }
    });
  }

  /** What the broker is to be told now; each answer is to be sent, since it is given only once. */
  List<Settlement> due(long now) {
    List<Settlement> due = new ArrayList<>(again);
    again.clear();
    if (nextScan == Long.MIN_VALUE || now - nextScan >= 0) {
      nextScan = now + SCAN_NANOS;
      scan(now, due);
    }
    for (TaskId id = ready.poll(); id != null; id = ready.poll()) {
      Task task = open.get(id);
      if (task != null && !task.renewing) {
        settle(id, task, now, due);
      }
    }
    return due;
  }

  private void scan(long now, List<Settlement> due) {
    open.forEach((id, task) -> {
      expire(task, now);
      if (task.verdict != null && now - task.dueAt >= 0) {
        ready.add(id);
      } else if (task.held && !task.renewing && now - task.lockedSince >= lockNanos / 3) {
        task.renewing = true;
        task.renewedAt = now;
        due.add(new Settlement(id, Verdict.RENEW));
      }
    });
  }

  private void settle(TaskId id, Task task, long now, List<Settlement> due) {
    expire(task, now);
    open.remove(id);
    Verdict verdict = task.verdict;
    if (verdict == null) {
      throw new IllegalStateException("task " + id + " runs");
    }
    if (verdict == Verdict.RELEASE) {
      released++;
    } else {
      failures.remove(id);
      settled.put(id, verdict);
    }
    if (task.held) {
      due.add(new Settlement(id, verdict));
    }
  }

  private void expire(Task task, long now) {
    if (task.held && now - task.lockedSince >= lockNanos) {
      lose(task);
    }
  }

  private void lose(Task task) {
    task.renewing = false;
    if (task.held) {
      task.held = false;
      lost++;
    }
  }

  /** The broker has taken what it was told last of this task. */
  void confirmed(TaskId id) {
    Task task = open.get(id);
    if (task == null) {
      settled.remove(id);
    } else if (task.renewing) {
      task.renewing = false;
      task.lockedSince = task.renewedAt;
      renewed++;
    }
  }

  /**
   * The broker has refused what it was told last of this task. One that is done is remembered, so
   * that it is not run again if it is delivered again.
   */
  void refused(TaskId id) {
    Task task = open.get(id);
    if (task != null && task.renewing) {
      lose(task);
    }
  }

  /** The consumer was closed: the broker takes back all that was delivered to it. */
  void allLost() {
    open.values().forEach(this::lose);
    again.clear();
  }

  /**
   * @param consumers made so far, which the caller counts
   */
  PumpMetrics metrics(int consumers) {
    return new PumpMetrics(open.size(), bytes, done, released, givenUp, renewed, lost, consumers);
  }

  private void free(Task task) {
    bytes -= task.bytes;
    task.bytes = 0;
  }

  private static <V> Map<TaskId, V> bounded(int size) {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<TaskId, V> eldest) {
        return size() > size;
      }
    };
  }
}
