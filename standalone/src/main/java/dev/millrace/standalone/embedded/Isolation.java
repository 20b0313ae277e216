package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How a server is started that is to have none of root's rights, is not to get the signals of this
 * process's terminal, and is to end when this process does. It is done by what stands before its
 * command: {@code setsid}, {@code unshare} and {@code setpriv}, each of which becomes what follows
 * it, so that the process started is the server itself.
 *
 * <p>The signal at the end of this process is sent at the end of the thread that started the
 * server: that thread has to stay. It cannot be relied on alone, because not every {@code setpriv}
 * knows it, and because this process may end before it is set.
 */
final class Isolation {
  /** Nobody, whose number is the same on all distributions that matter. */
  private static final int NOBODY = 65534;

  private static final int PATIENCE_SECONDS = 10;

  /** Where the signal stands in a prefix. */
  private static final String SIGNAL = "SIGNAL";

  private static final List<String> OWN_SESSION = List.of("setsid");
  private static final List<String> DYING_WITH_PARENT = List.of("setpriv", "--pdeathsig", SIGNAL);

  /**
   * A user namespace of its own, in which root has no rights and is nobody, while files stay
   * root's.
   */
  private static final List<String> OWN_NAMESPACE = List.of("unshare", "--user");

  /** Where namespaces are forbidden, as in many containers. */
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");

  private final List<String> prefix;
  private final OptionalInt owner;

  private Isolation(List<String> prefix, OptionalInt owner) {
    this.prefix = prefix;
    this.owner = owner;
  }

  /**
   * What works on this machine.
   *
   * @throws MillraceException {@code INTERNAL} when this process is root's and can start nothing
   *     without root's rights
   */
  static Isolation find() throws InterruptedException {
    if (!isRoot()) {
      return firstThatWorks(
          List.of(
              new Isolation(join(OWN_SESSION, DYING_WITH_PARENT), OptionalInt.empty()),
              new Isolation(OWN_SESSION, OptionalInt.empty()),
              new Isolation(List.of(), OptionalInt.empty())));
    }
    return firstThatWorks(
        List.of(
            new Isolation(join(OWN_SESSION, OWN_NAMESPACE, DYING_WITH_PARENT), OptionalInt.of(0)),
            new Isolation(join(OWN_SESSION, OWN_NAMESPACE), OptionalInt.of(0)),
            asNobody(),
            new Isolation(join(OWN_SESSION, AS_NOBODY), OptionalInt.of(NOBODY))));
  }

  /** As another user: for root where user namespaces are forbidden. */
  static Isolation asNobody() {
    return new Isolation(join(OWN_SESSION, AS_NOBODY, DYING_WITH_PARENT), OptionalInt.of(NOBODY));
  }

  static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid
          && uid == 0;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException noLinux) {
      return false;
    }
  }

  private static Isolation firstThatWorks(List<Isolation> candidates) throws InterruptedException {
    for (Isolation candidate : candidates) {
      if (candidate.works()) {
        return candidate;
      }
    }
    throw new MillraceException(
        ErrorCode.INTERNAL,
        "neither unshare nor setpriv can start a program without root's rights: run Millrace as"
            + " another user");
  }

  /** Whether a program can be started so. */
  boolean works() throws InterruptedException {
    try {
      return run(List.of("true"), Path.of("/dev/null")) == 0;
    } catch (IOException missing) {
      return false;
    }
  }

  /** Whether a program is told when the thread that started it is gone. */
  boolean endsWithParent() {
    return prefix.contains(SIGNAL);
  }

  /**
   * The command to start a program by.
   *
   * @param signal what ends the program, such as {@code TERM}
   */
  ProcessBuilder command(List<String> program, String signal, Path log) {
    List<String> command = new ArrayList<>();
    prefix.forEach(word -> command.add(word.equals(SIGNAL) ? signal : word));
    command.addAll(program);
    ProcessBuilder builder = new ProcessBuilder(command);
    // This process's environment may hold secrets, which are no business of the server's.
    String path = builder.environment().get("PATH");
    builder.environment().clear();
    builder.environment().put("PATH", path == null ? "/usr/bin:/bin" : path);
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("TZ", "UTC");
    return builder
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
  }

  /**
   * Runs a program to its end.
   *
   * @return its exit code
   */
  int run(List<String> program, Path log) throws IOException, InterruptedException {
    Process process = command(program, "TERM", log).start();
    try {
      return process.waitFor();
    } finally {
      if (process.isAlive()) {
        process.destroyForcibly();
      }
    }
  }

  /**
   * Gives files to whom the server runs as, with everything below a folder; those that are missing
   * are left out.
   */
  void give(Path... paths) throws IOException {
    if (owner.isEmpty()) {
      return;
    }
    for (Path path : paths) {
      // The owner of a folder is set last, so that one that is right is right altogether.
      if (!Files.exists(path)
          || Objects.equals(Files.getAttribute(path, "unix:uid"), owner.getAsInt())) {
        continue;
      }
      List<Path> all;
      try (Stream<Path> below = Files.walk(path)) {
        all = below.toList().reversed();
      }
      for (Path one : all) {
        Files.setAttribute(one, "unix:uid", owner.getAsInt(), LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  /** Sends a signal, which Java cannot; a process that is gone is no error. */
  static void signal(String name, long pid) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-c", "kill -s \"$0\" \"$1\"", name, Long.toString(pid))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @SafeVarargs
  private static List<String> join(List<String>... parts) {
    List<String> joined = new ArrayList<>();
    for (List<String> part : parts) {
      joined.addAll(part);
    }
    return List.copyOf(joined);
  }
}
