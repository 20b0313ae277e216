package dev.millrace.standalone;

import dev.millrace.value.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object a line, with the fields of the Elastic Common Schema, for programs that collect
 * logs. A line break in a message is escaped, so that nothing that is logged can look like a record
 * of its own.
 */
final class EcsFormatter extends Formatter {
  private static final String ECS_VERSION = "8.11";

  @Override
  public String format(LogRecord logRecord) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("@timestamp", logRecord.getInstant().toString());
    line.put("log.level", level(logRecord.getLevel()));
    line.put("message", formatMessage(logRecord));
    line.put("ecs.version", ECS_VERSION);
    line.put("service.name", "millrace");
    line.put("process.pid", (double) ProcessHandle.current().pid());
    line.put("process.thread.id", (double) logRecord.getLongThreadID());
    if (logRecord.getLoggerName() != null) {
      line.put("log.logger", logRecord.getLoggerName());
    }
    Throwable thrown = logRecord.getThrown();
    if (thrown != null) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      line.put("error.type", thrown.getClass().getName());
      line.put("error.message", thrown.getMessage());
      line.put("error.stack_trace", trace.toString());
    }
    return Json.text(line) + "\n";
  }

  /** As most programs call them, not Java's logging. */
  private static String level(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (value >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }
}
