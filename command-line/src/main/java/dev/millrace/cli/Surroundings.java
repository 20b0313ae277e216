package dev.millrace.cli;

import dev.millrace.cli.api.Pause;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What commands use of the machine and of the session that they run in.
 *
 * @param home the user's folder
 * @param in what is piped in
 * @param machine its name, for people; may take a while
 */
public record Surroundings(
    Map<String, String> environment,
    Path home,
    Prompt prompt,
    InputStream in,
    InstantSource clock,
    Pause pause,
    Supplier<String> machine) {

  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /** Those of this process. */
  public static Surroundings ofProcess() {
    return new Surroundings(
        System.getenv(),
        Path.of(System.getProperty("user.home", ".")),
        TerminalPrompt.ofProcess(),
        System.in,
        InstantSource.system(),
        Thread::sleep,
        Surroundings::name);
  }

  /** A variable of the environment; empty when it is not set or blank. */
  public Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  private static String name() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "this machine";
    }
  }
}
