package dev.millrace.standalone;

import dev.millrace.control.workflows.WorkflowCheck;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.standalone.definitions.FolderWatcher;
import dev.millrace.standalone.definitions.Publications;
import dev.millrace.standalone.definitions.WorkflowFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A folder that workflows are published from for as long as this is open. Only one process of an
 * installation may publish.
 */
final class PublishedFolder implements AutoCloseable {
  private static final Duration QUIET = Duration.ofMillis(200);

  private final StartedParts parts = new StartedParts();

  private PublishedFolder() {}

  /**
   * Publishes what is in the folder, and returns; what changes afterwards is published as it
   * changes.
   *
   * @param folder with {@code *.json} files
   * @param listener told what became of each file
   * @param data remembers what was published
   * @param publications taken over
   */
  static PublishedFolder start(
      Path folder,
      WorkflowFolder.Listener listener,
      DataFolder data,
      Publications publications,
      NodeCatalogue catalogue) {
    PublishedFolder published = new PublishedFolder();
    boolean started = false;
    try {
      published.parts.add(publications);
      WorkflowFolder files =
          new WorkflowFolder(
              folder, data.publishedFiles(), new WorkflowCheck(catalogue), publications, listener);
      // Watched first: what changes while it is read for the first time is then read again.
      CountDownLatch read = new CountDownLatch(1);
      published.parts.add(
          new FolderWatcher(
              folder,
              QUIET,
              () -> {
                if (awaited(read)) {
                  files.synchronise();
                }
              }));
      try {
        files.synchronise();
      } finally {
        read.countDown();
      }
      started = true;
      return published;
    } finally {
      if (!started) {
        published.close();
      }
    }
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    parts.close();
  }
}
