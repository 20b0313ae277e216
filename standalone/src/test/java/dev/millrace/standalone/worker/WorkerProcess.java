package dev.millrace.standalone.worker;

import dev.millrace.worker.PumpSettings;
import dev.millrace.worker.TaskPump;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A worker that takes tasks and finishes none, in a process that a test can kill. */
final class WorkerProcess {
  private WorkerProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    PumpSettings settings =
        TaskPumpTest.settings(
            arguments[0], arguments[1], Duration.parse(arguments[2]), 1000, 16 << 20);
    try (TaskPump pump =
        new TaskPump(
            settings,
            new RecordingHandler((key, deliveryCount) -> {
              System.out.println("started " + key);
              never.await();
            }))) {
      pump.start();
      never.await();
    }
  }
}
