package dev.millrace.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Calls of one run that are under way at once, each on a virtual thread. Belongs to the thread that
 * starts them; closing it interrupts what still runs and waits for its end.
 */
public final class ConcurrentCalls<T> implements AutoCloseable {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore free;
  private final List<Future<T>> calls = new ArrayList<>();

  /**
   * @param most how many run at once; the next one waits for an end
   */
  public ConcurrentCalls(int most) {
    this.free = new Semaphore(most);
  }

  /** Starts a call and says by which number its answer is asked for. */
  public int start(Callable<T> call) throws InterruptedException {
    free.acquire();
    calls.add(
        threads.submit(() -> {
          try {
            return call.call();
          } finally {
            free.release();
          }
        }));
    return calls.size() - 1;
  }

  /** Waits until every call has an answer or has failed. */
  public void await() throws InterruptedException {
    for (Future<T> call : calls) {
      try {
        call.get();
      } catch (ExecutionException failed) {
        // Its caller hears of it from answer().
      }
    }
  }

  /** The answer of a call, or what it threw. */
  public T answer(int number) throws Exception {
    try {
      return calls.get(number).get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw failed;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = threads.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException again) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits between two calls, as a user asked for. */
  public static void pause(Duration time) throws InterruptedException {
    if (time.isPositive()) {
      Thread.sleep(time);
    }
  }
}
