package dev.millrace.worker;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Interrupts threads whose call takes too long. Thread-safe; its own thread goes when idle. */
final class CallAlarms {
  private static final long IDLE_SECONDS = 10;

  private final ScheduledThreadPoolExecutor timer;

  CallAlarms() {
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("call-alarms").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  /** Interrupts the calling thread after that time, unless it closes the alarm before. */
  Alarm set(Duration limit) {
    Alarm alarm = new Alarm(Thread.currentThread());
    alarm.pending = timer.schedule(alarm::ring, limit.toMillis(), TimeUnit.MILLISECONDS);
    return alarm;
  }

  /** To be closed by the thread that set it. */
  static final class Alarm implements AutoCloseable {
    private final Thread thread;
    private boolean open = true;
    private boolean rang;
    private @org.jspecify.annotations.Nullable Future<?> pending;

    private Alarm(Thread thread) {
      this.thread = thread;
    }

    private synchronized void ring() {
      if (open) {
        rang = true;
        thread.interrupt();
      }
    }

    /** Whether the time was over before the alarm was closed. */
    synchronized boolean rang() {
      return rang;
    }

    @Override
    public void close() {
      synchronized (this) {
        open = false;
      }
      if (pending != null) {
        pending.cancel(false);
      }
      if (rang()) {
        // What it was meant for is over; it must not stop what the thread does next.
        Thread.interrupted();
      }
    }
  }
}
