package dev.millrace.standalone;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** A command that serves until the process is told to stop. */
final class Service {
  private Service() {}

  /**
   * Starts, prints {@code Millrace is ready} and what follows it, and waits for the stop.
   *
   * @param closeable stopped when the process is, also while it starts; more than one call may come
   * @param start answers what the ready line ends with
   */
  static void run(AutoCloseable closeable, PrintWriter out, Supplier<String> start)
      throws InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(() -> {
                  closeQuietly(closeable);
                  stopped.countDown();
                }));
    try {
      String ready = start.get();
      out.println("Millrace is ready" + ready);
      out.flush();
      stopped.await();
    } finally {
      closeQuietly(closeable);
    }
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }
}
