package dev.millrace.standalone.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps Kafka's own log lines out of the console. A start prints some thousand of them at INFO, and
 * a handful of harmless warnings. Who sets {@code java.util.logging.config.file} decides alone.
 */
public final class KafkaLogging {
  private static final List<String> LOGGERS =
      List.of("org.apache.kafka", "kafka", "state.change.logger", "com.yammer.metrics");

  /** java.util.logging forgets the level of a logger that nobody holds. */
  private static final List<Logger> HELD = new ArrayList<>();

  private KafkaLogging() {}

  /** Prints what is asked for; {@link #quiet} changes nothing any more. */
  public static synchronized void show(Level level) {
    LOGGERS.forEach(name -> set(name, level));
  }

  /** Only what is severe is printed from now on. May be called again. */
  public static synchronized void quiet() {
    if (!HELD.isEmpty() || System.getProperty("java.util.logging.config.file") != null) {
      return;
    }
    LOGGERS.forEach(name -> set(name, Level.SEVERE));
    // On a slow machine the broker greets the controller before that is elected, which it logs as
    // an unexpected error with a stack trace, and the broker asks again.
    set("kafka.server.ControllerApis", Level.OFF);
  }

  private static void set(String name, Level level) {
    Logger logger = Logger.getLogger(name);
    logger.setLevel(level);
    HELD.add(logger);
  }
}
