package dev.millrace.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Commands of one user on one machine, whose time passes only when something waits. */
final class Session implements InstantSource {
  private final Path home;
  private final Map<String, String> environment = new HashMap<>();
  private final List<Duration> slept = new ArrayList<>();
  private Instant now = Instant.parse("2026-03-01T10:00:00.5Z");

  /** What a command left. */
  record Done(int exit, String out, String err) {}

  Session(Path home) {
    this.home = home;
  }

  Session with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  List<Duration> slept() {
    return slept;
  }

  @Override
  public Instant instant() {
    return now;
  }

  Done run(String... arguments) {
    return type("", arguments);
  }

  /** The same with something piped in. */
  Done type(String input, String... arguments) {
    ByteArrayInputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    Surroundings here =
        new Surroundings(
            environment,
            home,
            TerminalPrompt.of(in),
            in,
            this,
            time -> {
              slept.add(time);
              now = now.plus(time);
            },
            () -> "workstation");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine(here);
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int exit = line.execute(arguments);
    return new Done(exit, out.toString(), err.toString());
  }
}
