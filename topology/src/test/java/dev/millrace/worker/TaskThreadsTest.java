package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.worker.TaskThreads.Ended;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskThreadsTest {
  private static final Delivery TASK =
      new Delivery(new TaskId(0, 1), new byte[] {1}, new byte[] {2}, 1);

  private interface Run {
    void run() throws Throwable;
  }

  private static final class Handler implements TaskHandler {
    final Run run;
    final AtomicInteger refusals = new AtomicInteger();
    volatile @Nullable Throwable last;

    Handler(Run run) {
      this.run = run;
    }

    @Override
    public void handle(byte @Nullable [] key, byte @Nullable [] value, int deliveryCount)
        throws Exception {
      try {
        run.run();
      } catch (Exception | Error thrown) {
        throw thrown;
      } catch (Throwable other) {
        throw new AssertionError(other);
      }
    }

    @Override
    public void giveUp(
        byte @Nullable [] key,
        byte @Nullable [] value,
        int deliveryCount,
        @Nullable Throwable lastFailure) {
      if (refusals.getAndDecrement() > 0) {
        throw new IllegalStateException("not yet");
      }
      last = lastFailure;
    }
  }

  @Test
  void whateverAHandlerThrowsItsTaskEnds() throws Exception {
    assertThat(outcomeOf(() -> {})).isInstanceOf(Outcome.Handled.class);
    assertThat(
            outcomeOf(() -> {
              throw new OutOfMemoryError("pretended");
            }))
        .isInstanceOfSatisfying(
            Outcome.Failed.class, failed -> assertThat(failed.why()).hasMessage("pretended"));
    assertThat(
            outcomeOf(() -> {
              throw new InterruptedException();
            }))
        .isInstanceOf(Outcome.Stopped.class);
  }

  private static Outcome outcomeOf(Run run) throws Exception {
    TaskThreads threads = new TaskThreads(new Handler(run), Duration.ofMillis(1));
    threads.run(TASK);
    return onlyEnd(threads);
  }

  @Test
  void aStoppedTaskIsStoppedHoweverTheInterruptShows() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    TaskThreads threads = new TaskThreads(new Handler(wrapping(runs)), Duration.ofMillis(1));
    threads.run(TASK);
    runs.await();
    threads.stopAll();
    assertThat(onlyEnd(threads)).isInstanceOf(Outcome.Stopped.class);
    assertThat(threads.running()).isZero();
  }

  @Test
  void onlyTasksOfTheKeyAreCancelled() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    TaskThreads threads = new TaskThreads(new Handler(wrapping(runs)), Duration.ofMillis(1));
    threads.run(TASK);
    runs.await();
    assertThat(threads.cancel(key -> Arrays.equals(key, new byte[] {9}))).isFalse();
    assertThat(threads.running()).isEqualTo(1);
    assertThat(threads.cancel(key -> Arrays.equals(key, new byte[] {1}))).isTrue();
    assertThat(onlyEnd(threads)).isInstanceOf(Outcome.Cancelled.class);
  }

  /** Throws something else than InterruptedException when it is interrupted, as many clients do. */
  private static Run wrapping(CountDownLatch runs) {
    return () -> {
      runs.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException("call failed", interrupted);
      }
    };
  }

  @Test
  void givingUpIsTriedUntilItSucceeds() throws Exception {
    Handler handler = new Handler(() -> {});
    handler.refusals.set(3);
    TaskThreads threads = new TaskThreads(handler, Duration.ofMillis(1));
    RuntimeException last = new IllegalStateException("the last failure");
    threads.giveUp(TASK, last);
    assertThat(onlyEnd(threads)).isInstanceOf(Outcome.GivenUp.class);
    assertThat(handler.last).isSameAs(last);
  }

  @Test
  void givingUpThatFailsForEverCanBeStopped() throws Exception {
    Handler handler = new Handler(() -> {});
    handler.refusals.set(Integer.MAX_VALUE);
    TaskThreads threads = new TaskThreads(handler, Duration.ofMinutes(1));
    threads.giveUp(TASK, null);
    threads.stopAll();
    assertThat(onlyEnd(threads)).isInstanceOf(Outcome.Stopped.class);
  }

  private static Outcome onlyEnd(TaskThreads threads) throws InterruptedException {
    List<Ended> ended = new ArrayList<>();
    threads.awaitEnded(Duration.ofSeconds(20), ended);
    assertThat(ended).singleElement().extracting(Ended::id).isEqualTo(TASK.id());
    return ended.getFirst().outcome();
  }
}
