package dev.millrace.standalone.definitions;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls back when something in a folder has changed and then been quiet for a moment. */
public final class FolderWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderWatcher.class);

  private final WatchService watch;
  private final Duration quiet;
  private final Runnable changed;
  private final Thread thread;

  /**
   * @param quiet how long nothing must happen: an editor writes a file in several steps
   * @param changed is called in the watcher's own thread; what it throws is logged
   */
  public FolderWatcher(Path folder, Duration quiet, Runnable changed) {
    this.quiet = quiet;
    this.changed = changed;
    try {
      watch = folder.getFileSystem().newWatchService();
      folder.register(
          watch,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException unwatchable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          "the folder " + folder + " cannot be watched: " + unwatchable,
          unwatchable);
    }
    thread = Thread.ofPlatform().name("workflow-folder").daemon().start(this::run);
  }

  private void run() {
    try {
      while (true) {
        drain(watch.take());
        WatchKey more = watch.poll(quiet.toMillis(), TimeUnit.MILLISECONDS);
        while (more != null) {
          drain(more);
          more = watch.poll(quiet.toMillis(), TimeUnit.MILLISECONDS);
        }
        callBack();
      }
    } catch (ClosedWatchServiceException closed) {
      LOG.debug("the folder is not watched any more");
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void callBack() {
    try {
      changed.run();
    } catch (RuntimeException failed) {
      LOG.error("the folder's change was not taken over", failed);
    }
  }

  private static void drain(@Nullable WatchKey key) {
    if (key != null) {
      key.pollEvents();
      key.reset();
    }
  }

  @Override
  public void close() {
    try {
      watch.close();
    } catch (IOException alreadyGone) {
      LOG.debug("the folder's watch was gone", alreadyGone);
    }
    if (Thread.currentThread() != thread) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
