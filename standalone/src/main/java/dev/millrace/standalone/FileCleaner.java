package dev.millrace.standalone;

import dev.millrace.binary.FileRetention;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes old files from time to time, in a thread of its own, until it is closed. */
final class FileCleaner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileCleaner.class);

  /** What was left unprocessed when everything stopped has begun to run by then. */
  private static final Duration FIRST = Duration.ofMinutes(5);

  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final FileRetention retention;
  private final ScheduledExecutorService thread;

  private FileCleaner(FileRetention retention) {
    this.retention = retention;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("file-cleaner").daemon().factory());
  }

  static FileCleaner start(FileRetention retention) {
    FileCleaner cleaner = new FileCleaner(retention);
    Duration often = retention.renewAfter().dividedBy(4);
    Duration pause = often.compareTo(LONGEST_PAUSE) < 0 ? often : LONGEST_PAUSE;
    Duration first = FIRST.compareTo(pause) < 0 ? FIRST : pause;
    var unused =
        cleaner.thread.scheduleWithFixedDelay(
            cleaner::round, first.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    return cleaner;
  }

  /** One round; what fails is tried again in the next. */
  private void round() {
    try {
      int executions = retention.round();
      if (executions > 0) {
        LOG.info("removed the files of {} executions", executions);
      }
    } catch (Exception failed) {
      LOG.warn("Old files could not be removed, which is tried again later: {}", failed.toString());
    }
  }

  /** A round that goes on is given a few seconds; what it leaves is found again. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("Stopped while old files were being removed");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
