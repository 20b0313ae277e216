package dev.millrace.standalone.embedded;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Everything that this process logs while it is open, whatever the level. */
final class LogCapture extends Handler {
  private final List<String> lines = new CopyOnWriteArrayList<>();

  /** Held, because java.util.logging forgets the level of a logger that nobody holds. */
  private final Logger root = Logger.getLogger("");

  private final List<Logger> chatty =
      List.of(
          Logger.getLogger("dev.millrace.standalone.embedded"),
          Logger.getLogger("org.postgresql"),
          Logger.getLogger("redis.clients"));

  LogCapture() {
    setLevel(Level.ALL);
    setFormatter(new SimpleFormatter());
    chatty.forEach(logger -> logger.setLevel(Level.ALL));
    root.addHandler(this);
  }

  List<String> lines() {
    return lines;
  }

  @Override
  public void publish(LogRecord logRecord) {
    lines.add(getFormatter().format(logRecord));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    root.removeHandler(this);
    chatty.forEach(logger -> logger.setLevel(null));
  }
}
