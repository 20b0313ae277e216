package dev.millrace.standalone;

import dev.millrace.standalone.embedded.KafkaLogging;
import java.util.List;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the command logs, and how: to standard error, one line a record, warnings and worse, and
 * Millrace's own records of what it does. Standard output is for results alone.
 */
final class Logging {
  /** {@code MILLRACE_LOG=info} shows what Kafka and the others say too. */
  private static final String VARIABLE = "MILLRACE_LOG";

  /** {@code MILLRACE_LOG_FORMAT=json} is for programs that collect logs. */
  private static final String FORMAT_VARIABLE = "MILLRACE_LOG_FORMAT";

  /** Configured loggers, held: java.util.logging forgets those that nobody refers to. */
  private static final List<Logger> LOGGERS =
      List.of(Logger.getLogger(""), Logger.getLogger("dev.millrace"));

  private Logging() {}

  static void configure() {
    LogManager.getLogManager().reset();
    String asked = System.getenv(VARIABLE);
    Level others = level(asked);
    if (asked != null) {
      KafkaLogging.show(others);
    }
    Logger root = LOGGERS.get(0);
    root.setLevel(others);
    LOGGERS.get(1).setLevel(others.intValue() < Level.INFO.intValue() ? others : Level.INFO);
    ConsoleHandler handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    handler.setFormatter(
        "json".equalsIgnoreCase(System.getenv(FORMAT_VARIABLE))
            ? new EcsFormatter()
            : new OneLine());
    root.addHandler(handler);
  }

  private static Level level(@Nullable String name) {
    if (name == null) {
      return Level.WARNING;
    }
    return switch (name.toLowerCase(java.util.Locale.ROOT)) {
      case "debug" -> Level.FINE;
      case "info" -> Level.INFO;
      case "error" -> Level.SEVERE;
      default -> Level.WARNING;
    };
  }

  private static final class OneLine extends Formatter {
    @Override
    public String format(LogRecord logRecord) {
      StringBuilder line = new StringBuilder(120);
      line.append(
          java.time.LocalTime.now(java.time.ZoneId.systemDefault())
              .truncatedTo(java.time.temporal.ChronoUnit.MILLIS));
      line.append(' ').append(logRecord.getLevel().getName()).append(' ');
      String logger = logRecord.getLoggerName();
      line.append(logger == null ? "" : logger.substring(logger.lastIndexOf('.') + 1)).append(": ");
      line.append(formatMessage(logRecord)).append(System.lineSeparator());
      if (logRecord.getThrown() != null) {
        java.io.StringWriter trace = new java.io.StringWriter();
        logRecord.getThrown().printStackTrace(new java.io.PrintWriter(trace));
        line.append(trace);
      }
      return line.toString();
    }
  }
}
