package dev.millrace.cli;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks at the terminal; where there is none, takes line by line of what is piped in. */
final class TerminalPrompt implements Prompt {
  private final Supplier<@Nullable Console> terminal;
  private final InputStream in;
  private @Nullable BufferedReader lines;

  private TerminalPrompt(Supplier<@Nullable Console> terminal, InputStream in) {
    this.terminal = terminal;
    this.in = in;
  }

  static TerminalPrompt ofProcess() {
    return new TerminalPrompt(TerminalPrompt::console, System.in);
  }

  /** Asks nobody. */
  static TerminalPrompt of(InputStream in) {
    return new TerminalPrompt(() -> null, in);
  }

  /** The terminal, looked for only when somebody is asked: that takes a moment. */
  // The console is null where jdk.console selects the provider without terminals.
  @SuppressWarnings("SystemConsoleNull")
  private static @Nullable Console console() {
    Console console = System.console();
    return console != null && console.isTerminal() ? console : null;
  }

  @Override
  public boolean atTerminal() {
    return terminal.get() != null;
  }

  @Override
  public String line(String question) {
    Console console = terminal.get();
    return given(console == null ? read() : console.readLine("%s: ", question), question);
  }

  @Override
  public String secret(String question) {
    Console console = terminal.get();
    if (console == null) {
      return given(read(), question);
    }
    char[] typed = console.readPassword("%s: ", question);
    return given(typed == null ? null : new String(typed), question);
  }

  @Override
  public String piped(String what) {
    return given(read(), what);
  }

  private @Nullable String read() {
    BufferedReader reader = lines;
    if (reader == null) {
      reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      lines = reader;
    }
    try {
      return reader.readLine();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static String given(@Nullable String answer, String question) {
    if (answer == null) {
      throw new MillraceException(
          ErrorCode.WRONG_USE, "the input ended where this was asked for: " + question);
    }
    return answer;
  }
}
