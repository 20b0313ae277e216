package dev.millrace.standalone.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Sees what everybody on the machine can see of processes, for as long as it is open. */
final class ProcessList implements AutoCloseable {
  private static final Path PROC = Path.of("/proc");
  private static final long LOOK_NANOS = 20_000_000;

  private final Set<String> commands = ConcurrentHashMap.newKeySet();
  private final String about;
  private final Thread thread = Thread.ofPlatform().name("ps").daemon().unstarted(this::look);
  private volatile boolean closed;

  /**
   * Begins to look.
   *
   * @param about part of the command lines to remember
   */
  ProcessList(String about) {
    this.about = about;
    thread.start();
  }

  /** The command lines seen so far. */
  Set<String> commands() {
    return commands;
  }

  private void look() {
    while (!closed) {
      try (Stream<Path> all = Files.list(PROC)) {
        all.filter(path -> Character.isDigit(path.getFileName().toString().charAt(0)))
            .map(path -> read(path.resolve("cmdline")))
            .filter(line -> line.contains(about))
            .forEach(commands::add);
      } catch (IOException gone) {
        // The next look sees it.
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Command line and environment of a process. */
  static List<String> visible(long process) {
    List<String> visible = new ArrayList<>();
    visible.add(read(PROC.resolve(process + "/cmdline")));
    visible.add(read(PROC.resolve(process + "/environ")));
    return visible;
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
