package dev.millrace.standalone.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes of a server that a process before this one left behind when it was killed. They are
 * known by the folder that they work in and by the name of their program, not by a number in a
 * file, which another process may have by now. Linux only; elsewhere none are found.
 */
final class ServerProcesses {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcesses.class);
  private static final Path PROC = Path.of("/proc");
  private static final Duration KILL_LIMIT = Duration.ofSeconds(5);
  private static final int LOOK_MILLIS = 20;

  private final Path folder;
  private final String program;

  /**
   * @param folder that every process of the server has as its working directory
   * @param program the name of its program, of 15 characters at most
   */
  ServerProcesses(Path folder, String program) {
    this.folder = folder;
    this.program = program;
  }

  /** Those that are alive. */
  List<ProcessHandle> find() throws IOException {
    if (!Files.isDirectory(PROC) || !Files.isDirectory(folder)) {
      return List.of();
    }
    Path real = folder.toRealPath();
    List<ProcessHandle> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(PROC)) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        if (works(process, real)) {
          ProcessHandle.of(Long.parseLong(process.getFileName().toString())).ifPresent(found::add);
        }
      }
    }
    return found;
  }

  private boolean works(Path process, Path in) {
    if (!Character.isDigit(process.getFileName().toString().charAt(0))) {
      return false;
    }
    try {
      return Files.readString(process.resolve("comm")).strip().equals(program)
          && Files.readSymbolicLink(process.resolve("cwd")).equals(in);
    } catch (IOException endedOrForeign) {
      return false;
    }
  }

  /**
   * Stops them: by a signal first, and where that does not help in time, by force.
   *
   * @param signal for the first process of the server, which stops the others
   */
  void stop(String signal, Duration limit) throws IOException, InterruptedException {
    List<ProcessHandle> left = find();
    if (left.isEmpty()) {
      return;
    }
    List<ProcessHandle> first =
        left.stream().filter(process -> !hasParentIn(process, left)).toList();
    LOG.warn(
        "{} of a process that was killed still works in {}: it is stopped first (process {})",
        program,
        folder,
        first.getFirst().pid());
    for (ProcessHandle process : first) {
      Isolation.signal(signal, process.pid());
    }
    if (!await(limit)) {
      find().forEach(ProcessHandle::destroyForcibly);
      if (!await(KILL_LIMIT)) {
        throw new IOException("the processes " + find() + " in " + folder + " cannot be stopped");
      }
    }
  }

  private static boolean hasParentIn(ProcessHandle process, List<ProcessHandle> all) {
    Optional<ProcessHandle> parent = process.parent();
    return parent.isPresent() && all.contains(parent.get());
  }

  private boolean await(Duration limit) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!find().isEmpty()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    return true;
  }
}
