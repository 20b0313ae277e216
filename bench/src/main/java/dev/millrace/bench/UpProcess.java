package dev.millrace.bench;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** {@code ./millrace up} as a child process, and what it uses. */
public final class UpProcess implements AutoCloseable {
  private static final String READY = "Millrace is ready at ";
  private static final Duration START_LIMIT = Duration.ofMinutes(5);
  private static final double TICKS_PER_SECOND = 100;

  private final Process process;
  private final Path data;
  private final String url;
  private final double secondsToReady;
  private final Queue<String> printed;

  private UpProcess(
      Process process, Path data, String url, double secondsToReady, Queue<String> printed) {
    this.process = process;
    this.data = data;
    this.url = url;
    this.secondsToReady = secondsToReady;
    this.printed = printed;
  }

  /** Starts {@code ./millrace up} and waits until it is ready. */
  public static UpProcess start(Path home, Path data, Path workflows, int port) throws IOException {
    return start(List.of(home.resolve("millrace").toString()), data, workflows, port);
  }

  /**
   * Starts {@code up} and waits until it is ready.
   *
   * @param millrace the program that takes {@code up} as its first argument, with what comes before
   * @throws MillraceException {@code INTERNAL}, with what it printed, when it ends or is not ready
   *     in time; the process is gone then
   */
  public static UpProcess start(List<String> millrace, Path data, Path workflows, int port)
      throws IOException {
    List<String> command = new ArrayList<>(millrace);
    command.addAll(
        List.of(
            "up",
            "--port",
            Integer.toString(port),
            "--data",
            data.toString(),
            "--workflows",
            workflows.toString(),
            // What a workflow of a benchmark calls is on this machine.
            "--allow-outgoing",
            "127.0.0.1"));
    long begin = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    AtomicBoolean ready = new AtomicBoolean();
    // Reading a process's output cannot be given a time limit, but ends with the process.
    CompletableFuture.delayedExecutor(START_LIMIT.toSeconds(), TimeUnit.SECONDS)
        .execute(() -> {
          if (!ready.get()) {
            process.destroyForcibly();
          }
        });
    Queue<String> log = new ConcurrentLinkedQueue<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      log.add(line);
      if (line.startsWith(READY)) {
        ready.set(true);
        double seconds = (System.nanoTime() - begin) / 1e9;
        Thread.ofVirtual().start(() -> output.lines().forEach(log::add));
        return new UpProcess(process, data, line.substring(READY.length()).strip(), seconds, log);
      }
    }
    process.destroyForcibly();
    throw new MillraceException(
        ErrorCode.INTERNAL, "millrace up did not get ready:\n" + String.join("\n", log));
  }

  public String url() {
    return url;
  }

  public double secondsToReady() {
    return secondsToReady;
  }

  /** The process itself, to be killed in a test of crashes. */
  public Process process() {
    return process;
  }

  /** What it has printed so far, the log included. */
  public String printed() {
    return String.join("\n", printed);
  }

  /** CPU seconds that the process has used, all threads. */
  double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory in megabytes. */
  long residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return -1;
  }

  /** Bytes in the log segments of all topics. */
  long kafkaBytes() throws IOException {
    return logBytes(data);
  }

  /** Bytes in all log segments below a folder. */
  static long logBytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .mapToLong(file -> {
            try {
              return Files.size(file);
            } catch (IOException deletedMeanwhile) {
              return 0;
            }
          })
          .sum();
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(40, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
