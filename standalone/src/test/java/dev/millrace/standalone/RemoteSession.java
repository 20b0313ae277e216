package dev.millrace.standalone;

import dev.millrace.cli.Prompt;
import dev.millrace.cli.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Map;
import picocli.CommandLine;

/** Commands of a user whose files lie in a folder of a test. */
final class RemoteSession {
  private final Path home;

  /** What a command left. */
  record Done(int exit, String out, String err) {}

  /** Lines that are piped in. */
  private record Piped(Iterator<String> lines) implements Prompt {
    @Override
    public boolean atTerminal() {
      return false;
    }

    @Override
    public String line(String question) {
      return lines.next();
    }

    @Override
    public String secret(String question) {
      return lines.next();
    }

    @Override
    public String piped(String what) {
      return lines.next();
    }
  }

  RemoteSession(Path home) {
    this.home = home;
  }

  Done run(String... arguments) {
    return type("", arguments);
  }

  Done type(String input, String... arguments) {
    InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    CommandLine line =
        Main.commandLine(
            new Surroundings(
                Map.of(),
                home,
                new Piped(input.lines().iterator()),
                in,
                InstantSource.system(),
                Thread::sleep,
                () -> "test"));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int exit = line.execute(arguments);
    return new Done(exit, out.toString(), err.toString());
  }
}
