package dev.millrace.chaos;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A part of the installation as a process of its own: started, killed, frozen and stopped by
 * signals, any number of times. Each life has a log of its own in the rig's folder. One thread at a
 * time changes it; any may look.
 */
public final class RigProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(4);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  /** Makes the command line of a life, with more JVM options. */
  @FunctionalInterface
  public interface CommandLine {
    List<String> with(List<String> jvmOptions);
  }

  private final String name;
  private final CommandLine commandLine;
  private final Path logs;
  private final String readyLine;
  private volatile @Nullable Process process;
  private final AtomicInteger lives = new AtomicInteger();
  private volatile boolean frozen;

  /**
   * @param logs folder of the logs
   * @param readyLine what a line begins with that says that it is ready
   */
  public RigProcess(String name, CommandLine commandLine, Path logs, String readyLine) {
    this.name = name;
    this.commandLine = commandLine;
    this.logs = logs;
    this.readyLine = readyLine;
  }

  /** Such as {@code engine-2}. */
  public String name() {
    return name;
  }

  /** Begins a life; {@link #awaitReady} says when it serves. */
  public RigProcess start() {
    return start(List.of());
  }

  /**
   * Begins a life with more JVM options, such as a fail point.
   *
   * @throws IllegalStateException when it lives
   */
  public RigProcess start(List<String> jvmOptions) {
    if (alive()) {
      throw new IllegalStateException(name + " lives");
    }
    lives.incrementAndGet();
    try {
      process =
          new ProcessBuilder(commandLine.with(jvmOptions))
              .redirectErrorStream(true)
              .redirectOutput(log().toFile())
              .start();
    } catch (IOException impossible) {
      throw new MillraceException(
          ErrorCode.INTERNAL, name + " cannot be started: " + impossible, impossible);
    }
    frozen = false;
    return this;
  }

  /**
   * Waits until it serves.
   *
   * @return what its ready line ends with
   * @throws MillraceException {@code INTERNAL}, with its log, when it ends or takes too long
   */
  public String awaitReady() {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<String> ready =
          lines().stream().filter(line -> line.startsWith(readyLine)).findFirst();
      if (ready.isPresent()) {
        return ready.get().substring(readyLine.length());
      }
      if (!alive()) {
        break;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
    throw new MillraceException(
        ErrorCode.INTERNAL, name + " did not get ready:\n" + String.join("\n", lines()));
  }

  /** Whether its process lives, frozen or not. */
  public boolean alive() {
    return process != null && process.isAlive();
  }

  /** SIGKILL; returns when the process is gone. Does nothing to one that does not live. */
  public void kill() {
    if (process != null) {
      process.destroyForcibly();
      await(process, STOP_LIMIT);
    }
  }

  /** SIGSTOP: it does nothing until {@link #thaw}, and its connections stay open. */
  public void freeze() {
    signal("STOP");
    frozen = true;
  }

  /** SIGCONT. */
  public void thaw() {
    signal("CONT");
    frozen = false;
  }

  /** SIGTERM, and SIGKILL when that takes too long. */
  public void stop() {
    if (process == null) {
      return;
    }
    if (frozen) {
      thaw();
    }
    process.destroy();
    if (!await(process, STOP_LIMIT)) {
      kill();
      throw new MillraceException(ErrorCode.INTERNAL, name + " did not stop when it was told to");
    }
  }

  /** Waits until it has ended by itself; whether it has within the time. */
  public boolean awaitEnd(Duration limit) {
    return process == null || await(process, limit);
  }

  /** Of its present life, or of the last. */
  Optional<Long> pid() {
    return Optional.ofNullable(process).map(Process::pid);
  }

  /**
   * Bytes that it had resident at most, since it was started or {@link #forgetPeakMemory}; empty
   * where the system does not tell.
   */
  Optional<Long> peakMemory() {
    if (!alive()) {
      return Optional.empty();
    }
    try (Stream<String> status = Files.lines(proc("status"))) {
      return status
          .filter(line -> line.startsWith("VmHWM:"))
          .findFirst()
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10);
    } catch (IOException untold) {
      return Optional.empty();
    }
  }

  /** From now on {@link #peakMemory} begins anew. */
  void forgetPeakMemory() {
    try {
      Files.writeString(proc("clear_refs"), "5");
    } catch (IOException untold) {
      // Then the peak of its whole life counts, which is no less.
    }
  }

  private Path proc(String file) {
    return Path.of("/proc", String.valueOf(pid().orElse(0L)), file);
  }

  /** Processor time of its present life so far, all threads. */
  public Duration cpu() {
    return process == null
        ? Duration.ZERO
        : process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** The lines of the log of its present life, or of the last. */
  public List<String> lines() {
    try (Stream<String> all =
        // Not strict: what is being written may end in the middle of a character.
        new String(Files.readAllBytes(log()), StandardCharsets.UTF_8).lines()) {
      return new ArrayList<>(all.toList());
    } catch (IOException notYet) {
      return List.of();
    }
  }

  private Path log() {
    return logs.resolve(name + "-" + lives.get() + ".log");
  }

  private void signal(String signal) {
    if (process == null) {
      throw new IllegalStateException(name + " does not live");
    }
    try {
      // The shell's own, since not every machine has a program of that name.
      int exit =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
              .inheritIO()
              .start()
              .waitFor();
      if (exit != 0) {
        throw new MillraceException(ErrorCode.INTERNAL, name + " took no SIG" + signal);
      }
    } catch (IOException impossible) {
      throw new MillraceException(
          ErrorCode.INTERNAL, "signals cannot be sent: " + impossible, impossible);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted", stopped);
    }
  }

  private static boolean await(Process process, Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends it at once: what it leaves is looked at no more. */
  @Override
  public void close() {
    kill();
  }
}
