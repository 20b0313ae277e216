package dev.millrace.topology;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an execution that takes the process down from doing it for ever. A command that was being
 * handled when the process died was not committed, so it comes again after the restart; this says
 * how often that has happened.
 *
 * <p>Each thread notes in a mapped file what it handles. At start the executions found there have
 * one more death to their name; with {@link #FATAL} they are not run again. An execution without
 * blame does not get there: what is handled to its end is cleared, and executions that have been
 * seen at a death run one at a time, so that the next death blames one of them alone. It would have
 * to be in hand at three deaths in a row, each brought about by another execution that was not seen
 * before, or by somebody who kills the process, and be finished in none of the three lives. Where
 * it happens nevertheless it ends with an error that says so; nothing is lost in silence.
 *
 * <p>A count is forgotten when the execution was handled, or some time after it was answered that
 * it is not run: only then is the answer sure to be committed. Damaged files are left aside with a
 * warning, and without a place to write nothing is watched; neither stops the start. Thread-safe.
 */
public final class CrashMarker implements AutoCloseable {
  /** How many deaths of the process an execution may be seen at. */
  static final int FATAL = 3;

  /** Longer than any transaction is open; see {@link EngineRuntime#properties}. */
  private static final Duration UNTIL_COMMITTED = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(CrashMarker.class);

  private final @Nullable CrashSlots slots;
  private final Path countsFile;
  private final InstantSource clock;
  private final @Nullable FileChannel channel;
  private final ReentrantLock suspects = new ReentrantLock();
  private final Map<String, Instant> answered = new ConcurrentHashMap<>();
  private volatile CrashCounts counts;

  private CrashMarker(
      @Nullable CrashSlots slots,
      @Nullable FileChannel channel,
      Path countsFile,
      CrashCounts counts,
      InstantSource clock) {
    this.slots = slots;
    this.channel = channel;
    this.countsFile = countsFile;
    this.counts = counts;
    this.clock = clock;
  }

  /** Watches nothing. */
  static CrashMarker none() {
    return new CrashMarker(null, null, Path.of(""), CrashCounts.NONE, InstantSource.system());
  }

  /**
   * Takes over what the process before has left.
   *
   * @param directory kept over restarts; made when it is not there
   * @param name of the engine instance; no two that run may share it in a directory
   */
  static CrashMarker open(Path directory, String name, InstantSource clock) {
    Path slotsFile = directory.resolve(name + ".running");
    Path countsFile = directory.resolve(name + ".crashes");
    FileChannel channel = null;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              slotsFile,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        throw new IOException("another process uses it");
      }
      CrashSlots slots = new CrashSlots(channel);
      if (slots.damaged()) {
        LOG.warn("{} is damaged; what it cannot tell is taken as not running", slotsFile);
      }
      CrashCounts counts = read(countsFile).raise(slots.found(), clock.instant());
      CrashMarker marker = new CrashMarker(slots, channel, countsFile, counts, clock);
      for (String execution : slots.found()) {
        LOG.warn(
            "the process ended while it ran execution {}, {} time(s) so far",
            execution,
            counts.of(execution));
      }
      // Counted before it is cleared: rather once too often than not at all.
      marker.write();
      slots.clear();
      return marker;
    } catch (IOException | OverlappingFileLockException problem) {
      LOG.warn(
          "executions that take the process down are not noticed: {} cannot be used",
          slotsFile,
          problem);
      closeQuietly(channel);
      return none();
    }
  }

  /**
   * The calling thread begins to handle a command or timer of an execution. Waits while another
   * thread runs one that was seen at a death, if this one was as well. {@link #end} must follow.
   *
   * @return whether the execution must not be run: the process died too often of it
   */
  boolean begin(String executionId) {
    CrashSlots watched = slots;
    if (watched == null) {
      return false;
    }
    int deaths = counts.of(executionId);
    if (deaths >= FATAL) {
      return true;
    }
    if (deaths > 0) {
      suspects.lock();
    }
    watched.begin(executionId);
    return false;
  }

  /** The calling thread has handled what it began, however that ended. */
  void end(String executionId) {
    CrashSlots watched = slots;
    if (watched == null) {
      return;
    }
    if (counts.of(executionId) >= FATAL) {
      answered.put(executionId, clock.instant());
      return;
    }
    watched.end();
    if (suspects.isHeldByCurrentThread()) {
      forget(executionId);
      suspects.unlock();
    }
  }

  /** Forgets the executions that were answered so long ago that the answer is committed. */
  void forgetAnswered() {
    if (!answered.isEmpty()) {
      Instant committed = clock.instant().minus(UNTIL_COMMITTED);
      answered.forEach((executionId, at) -> {
        if (at.isBefore(committed) && answered.remove(executionId, at)) {
          forget(executionId);
        }
      });
    }
  }

  /** Ends the watch: a process that is stopped has not died of what it runs. */
  @Override
  public void close() {
    if (slots != null) {
      slots.close();
    }
    closeQuietly(channel);
  }

  private synchronized void forget(String executionId) {
    counts = counts.without(executionId);
    try {
      write();
    } catch (IOException problem) {
      LOG.warn("{} could not be written", countsFile, problem);
    }
  }

  private void write() throws IOException {
    Path fresh = countsFile.resolveSibling(countsFile.getFileName() + ".new");
    Files.write(fresh, counts.format());
    Files.move(
        fresh, countsFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static CrashCounts read(Path file) {
    try {
      return Files.exists(file) ? CrashCounts.parse(Files.readAllLines(file)) : CrashCounts.NONE;
    } catch (IOException damaged) {
      LOG.warn("{} cannot be read; its counts start anew", file, damaged);
      return CrashCounts.NONE;
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException ignored) {
      // Nothing more was to be written through it.
    }
  }
}
