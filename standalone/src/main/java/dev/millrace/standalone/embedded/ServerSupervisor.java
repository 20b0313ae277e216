package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a server running as a child process from its making until {@link #close}: one that ends is
 * started again, at once the first time and later each time it fails soon after. Thread-safe.
 *
 * <p>One thread starts the child, waits for its end and stops it. It lives as long as the child,
 * which the operating system ends when that thread does ({@link Isolation}).
 *
 * @param <A> what clients need to reach the server
 */
final class ServerSupervisor<A> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerSupervisor.class);

  /** Between two looks whether a server that starts answers. */
  private static final int LOOK_MILLIS = 10;

  /** Reading again what was written before a crash may take its time. */
  private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);

  /**
   * A first start that fails is repeated: the port, or what a killed server holds, may be free
   * then.
   */
  private static final int START_ATTEMPTS = 3;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** A server that ran for as long does not count as failing to start. */
  private static final Duration STABLE = Duration.ofMinutes(1);

  private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(8);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(25);

  private static final long MAX_LOG_BYTES = 1 << 20;
  private static final int TAIL_BYTES = 4096;
  private static final int TAIL_LINES = 3;

  private final ServerProgram<A> program;
  private final CompletableFuture<A> ready = new CompletableFuture<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /** Where in the log the last start begins; of the supervisor's thread. */
  private long logBegin;

  private ServerSupervisor(ServerProgram<A> program) {
    this.program = program;
    this.thread =
        Thread.ofPlatform().name("supervise-" + program.name()).daemon().unstarted(this::run);
  }

  /** Starts the server, and returns at once. */
  static <A> ServerSupervisor<A> start(ServerProgram<A> program) {
    ServerSupervisor<A> supervisor = new ServerSupervisor<>(program);
    supervisor.thread.start();
    return supervisor;
  }

  /**
   * Waits until the server answered for the first time; it may be away again by then.
   *
   * @throws MillraceException why it cannot be started, or that this was closed
   */
  A await() {
    try {
      return ready.join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof MillraceException known
          ? known
          : new MillraceException(ErrorCode.INTERNAL, program.name() + " does not start", failed);
    }
  }

  private void run() {
    int failures = 0;
    while (closing.getCount() > 0) {
      long begin = System.nanoTime();
      try {
        int exitCode = runOnce(begin);
        if (closing.getCount() > 0) {
          LOG.warn(
              "{} ended with exit code {}{}; it is started again",
              program.name(),
              exitCode,
              tail());
        }
      } catch (InterruptedException closed) {
        break;
      } catch (IOException | RuntimeException failed) {
        MillraceException known = known(failed);
        if (closing.getCount() == 0) {
          break;
        }
        boolean hopeless = failed instanceof MillraceException || failures + 1 >= START_ATTEMPTS;
        if (!ready.isDone() && hopeless) {
          ready.completeExceptionally(known);
          return;
        }
        LOG.warn("{}: {}; it is tried again", known.code().code(), known.text());
      }
      failures = System.nanoTime() - begin > STABLE.toNanos() ? 1 : failures + 1;
      if (!pause(failures)) {
        break;
      }
    }
    ready.completeExceptionally(
        new MillraceException(
            ErrorCode.INTERNAL, program.name() + " was stopped while it started"));
  }

  private MillraceException known(Exception failure) {
    return failure instanceof MillraceException known
        ? known
        : program.failed(program.name() + " cannot be started: " + reason(failure), failure);
  }

  /** The message of a file's exception is no more than its name; that of others says enough. */
  private static String reason(Exception failure) {
    return failure.getClass() == IOException.class
        ? String.valueOf(failure.getMessage())
        : failure.toString();
  }

  /**
   * From the preparation of a start to the end of the process, which it returns the exit code of.
   */
  private int runOnce(long begin) throws IOException, InterruptedException {
    keepLogShort();
    Process process = program.prepare().start();
    try {
      A address = awaitAnswer(process);
      long millis = (System.nanoTime() - begin) / 1_000_000;
      if (ready.complete(address)) {
        LOG.debug("{} started in {} ms (process {})", program.name(), millis, process.pid());
      } else {
        LOG.info("{} is back after {} ms (process {})", program.name(), millis, process.pid());
      }
      return process.waitFor();
    } finally {
      stop(process);
    }
  }

  private A awaitAnswer(Process process) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + ANSWER_LIMIT.toNanos();
    while (true) {
      if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IOException("it ended with exit code " + process.exitValue() + tail());
      }
      Optional<A> address = program.ask();
      if (address.isPresent()) {
        return address.get();
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("it did not answer in " + ANSWER_LIMIT.toSeconds() + " s" + tail());
      }
    }
  }

  /** Whether there is still something to be started after the pause. */
  private boolean pause(int failures) {
    long millis =
        Math.min(
            LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(failures - 1, Short.SIZE));
    try {
      return !closing.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException closed) {
      return false;
    }
  }

  /** Stops a process in a time that is bounded; one that ended is left alone. */
  private void stop(Process process) {
    // Set by close(); here it has done what it was for.
    boolean interrupted = Thread.interrupted();
    try {
      for (String signal : program.stopSignals()) {
        if (!process.isAlive()) {
          return;
        }
        Isolation.signal(signal, process.pid());
        if (process.waitFor(SIGNAL_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        LOG.warn("{} did not end on SIG{}", program.name(), signal);
      }
      process.destroyForcibly().waitFor();
    } catch (IOException | InterruptedException notStopped) {
      process.destroyForcibly();
      interrupted |= notStopped instanceof InterruptedException;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Stops the server in good order, in 25 s at most; whoever comes second waits for the first. */
  @Override
  public void close() {
    synchronized (closing) {
      if (closing.getCount() > 0) {
        closing.countDown();
        thread.interrupt();
      }
    }
    try {
      if (!thread.join(CLOSE_LIMIT)) {
        LOG.error("{} was not stopped in {} s", program.name(), CLOSE_LIMIT.toSeconds());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One older file is kept, so that what a crash left can be read after the next start. */
  private void keepLogShort() throws IOException {
    Path log = program.log();
    logBegin = Files.exists(log) ? Files.size(log) : 0;
    if (logBegin > MAX_LOG_BYTES) {
      Files.move(
          log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
      logBegin = 0;
    }
  }

  /** What the server wrote last since it was started, for a message; empty when it said nothing. */
  private String tail() {
    try (FileChannel file = FileChannel.open(program.log())) {
      ByteBuffer end = ByteBuffer.allocate(TAIL_BYTES);
      file.read(end, Math.max(logBegin, file.size() - TAIL_BYTES));
      List<String> lines =
          new String(end.array(), 0, end.position(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return lines.isEmpty()
          ? ""
          : ": "
              + String.join(
                  " | ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException noLog) {
      return "";
    }
  }
}
