package dev.millrace.worker;

import dev.millrace.worker.InFlight.Arrival;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tasks from a topic as a member of a share group and runs each on a virtual thread. It goes
 * on until it is closed: a broker that is away is waited for, and a consumer that failed is
 * replaced while its tasks run on.
 *
 * <p>A task runs at least once. It runs again, here or elsewhere, if this process dies, if the
 * connection to the broker breaks, or if the broker hears nothing of it for the time of a lock; in
 * this process never twice at the same time, and not again once it has finished here.
 *
 * <p>{@link #start} and {@link #close} are called by one thread, the others by any.
 */
public final class TaskPump implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TaskPump.class);

  /** How late an idle pump notices that a task has ended, or that it is to be closed. */
  private static final Duration POLL = Duration.ofMillis(20);

  /** How long tasks may take to end after they were interrupted. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final Duration LAST_WORDS = Duration.ofSeconds(5);
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long LONGEST_PAUSE_MILLIS = 5000;

  private final PumpSettings settings;
  private final String clientId;
  private final InFlight inFlight;
  private final TaskThreads threads;
  private final Thread thread;
  private final CountDownLatch ready = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<TaskThreads.Ended> ended = new ArrayList<>();
  private final ShareGroupConsumer.Listener answers =
      new ShareGroupConsumer.Listener() {
        @Override
        public void confirmed(TaskId id) {
          inFlight.confirmed(id);
        }

        @Override
        public void refused(TaskId id) {
          inFlight.refused(id);
        }
      };
  private int consumers;
  private volatile PumpMetrics metrics;

  /** When tasks that still run are interrupted; set before {@link #closing} opens. */
  private volatile long deadline;

  private boolean configured;
  private boolean stopped;

  /**
   * @throws IllegalStateException when the client library is not one that it knows
   */
  public TaskPump(PumpSettings settings, TaskHandler handler) {
    HandedOut.requireKnownClient();
    this.settings = settings;
    this.clientId = "millrace-worker-" + UUID.randomUUID();
    this.inFlight = new InFlight(settings);
    this.threads = new TaskThreads(handler, settings.retryAfter());
    this.thread = Thread.ofPlatform().name("task-pump").daemon(true).unstarted(this::run);
    this.metrics = inFlight.metrics(0);
  }

  /**
   * Begins to take tasks. Returns at once; the first task takes as long as the group takes to give
   * this member partitions, which is two heartbeats.
   */
  public void start() {
    thread.start();
  }

  /**
   * Waits until the group has given this member partitions.
   *
   * @return whether it has
   */
  public boolean awaitReady(Duration patience) throws InterruptedException {
    return ready.await(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** As of the last poll, at most a fraction of a second ago. */
  public PumpMetrics metrics() {
    return metrics;
  }

  /**
   * Interrupts the running tasks with such a key and does not have them delivered again, here or
   * elsewhere. Tasks that were not delivered yet are not affected.
   *
   * @return whether there were any
   */
  public boolean cancel(Predicate<byte[]> key) {
    return threads.cancel(key);
  }

  private void run() {
    LOG.debug("The worker {} takes tasks from {}", clientId, settings.topic());
    long pause = FIRST_PAUSE_MILLIS;
    while (!isClosing()) {
      int before = consumers;
      try (ShareGroup group = new ShareGroup(settings)) {
        if (!configured) {
          group.configure();
          configured = true;
        }
        work(group);
      } catch (Throwable failed) {
        // Whatever it was: the tasks run on, and the next consumer may fare better.
        pause = consumers > before ? FIRST_PAUSE_MILLIS : Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        LOG.error("The worker {} failed and starts anew in {} ms", clientId, pause, failed);
        pauseFor(pause);
      }
    }
    endRest();
    metrics = inFlight.metrics(consumers);
    LOG.debug("The worker {} has ended: {}", clientId, metrics);
  }

  private void work(ShareGroup group) {
    inFlight.allLost();
    try (ShareGroupConsumer consumer = new ShareGroupConsumer(settings, clientId, answers)) {
      consumers++;
      while (!isClosing()) {
        step(consumer);
        if (ready.getCount() > 0 && group.hasPartitions(clientId)) {
          ready.countDown();
          group.close();
          LOG.debug("The worker {} has its partitions", clientId);
        }
      }
      drain(consumer);
    }
  }

  private void step(ShareGroupConsumer consumer) {
    settle(consumer);
    if (inFlight.hasRoom()) {
      long before = System.nanoTime();
      List<Delivery> deliveries = consumer.poll(POLL);
      inFlight.lockIs(consumer.lock().orElse(settings.lock()).toNanos());
      for (Delivery delivery : deliveries) {
        take(delivery, before);
      }
    } else {
      consumer.send();
      awaitEnded();
    }
    metrics = inFlight.metrics(consumers);
  }

  private void take(Delivery task, long before) {
    Arrival arrival = inFlight.arrived(task.id(), task.deliveryCount(), task.bytes(), before);
    switch (arrival) {
      case RUN -> threads.run(task);
      case GIVE_UP -> {
        LOG.warn("Task {} is given up at delivery {}", task.id(), task.deliveryCount());
        threads.giveUp(task, inFlight.lastFailure(task.id()));
      }
      case KNOWN -> LOG.debug("Task {} was delivered again and is known here", task.id());
    }
  }

  private void settle(ShareGroupConsumer consumer) {
    threads.drainEnded(ended);
    long now = System.nanoTime();
    for (TaskThreads.Ended end : ended) {
      if (end.outcome() instanceof Outcome.Failed(Throwable why)) {
        LOG.warn("Task {} failed and is delivered again", end.id(), why);
      }
      inFlight.ended(end.id(), end.outcome(), now);
    }
    ended.clear();
    consumer.settle(inFlight.due(now));
  }

  private void awaitEnded() {
    try {
      threads.awaitEnded(POLL, ended);
    } catch (InterruptedException ignored) {
      LOG.warn("The worker {} was interrupted and goes on: only close ends it", clientId);
    }
  }

  /** No new tasks; those that run may end until the deadline, and the rest is given back. */
  private void drain(ShareGroupConsumer consumer) {
    LOG.debug("The worker {} ends with {} tasks running", clientId, threads.running());
    while (true) {
      inFlight.giveBackWaiting(System.nanoTime());
      settle(consumer);
      consumer.send();
      metrics = inFlight.metrics(consumers);
      if (metrics.inFlight() == 0) {
        break;
      }
      if (overdue()) {
        inFlight.giveBackAll(System.nanoTime());
        settle(consumer);
        break;
      }
      awaitEnded();
    }
    consumer.close(LAST_WORDS);
  }

  /** Where draining failed for want of a broker: the tasks may still end in good order. */
  private void endRest() {
    while (threads.running() > 0 && !overdue()) {
      awaitEnded();
    }
  }

  /** Interrupts the tasks at the deadline; after that they have a little time left. */
  private boolean overdue() {
    long over = System.nanoTime() - deadline;
    if (over >= 0 && !stopped) {
      stopped = true;
      LOG.warn("The worker {} interrupts {} tasks", clientId, threads.running());
      threads.stopAll();
    }
    boolean overdue = over >= GRACE.toNanos();
    if (overdue) {
      LOG.error(
          "The worker {} leaves {} tasks that do not heed an interrupt",
          clientId,
          threads.running());
    }
    return overdue;
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void pauseFor(long millis) {
    try {
      if (closing.await(millis, TimeUnit.MILLISECONDS)) {
        LOG.debug("The worker {} does not start anew, since it is being closed", clientId);
      }
    } catch (InterruptedException ignored) {
      LOG.warn("The worker {} was interrupted and goes on: only close ends it", clientId);
    }
  }

  /** As {@link #close(Duration)}, with half a minute for the running tasks. */
  @Override
  public void close() {
    close(Duration.ofSeconds(30));
  }

  /**
   * Takes no more tasks, waits for those that run, interrupts and gives back those that do not end
   * in time, and leaves the group. May be called again.
   */
  public void close(Duration patience) {
    if (!isClosing()) {
      deadline = System.nanoTime() + patience.toNanos();
      closing.countDown();
    }
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    try {
      if (!thread.join(patience.plus(GRACE).plus(LAST_WORDS).plus(LAST_WORDS))) {
        LOG.error("The worker {} does not end", clientId);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
