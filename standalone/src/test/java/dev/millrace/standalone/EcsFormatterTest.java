package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.value.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EcsFormatterTest {
  private final EcsFormatter formatter = new EcsFormatter();

  @Test
  void aRecordIsOneLineWhateverItsTextIs() {
    LogRecord logRecord = new LogRecord(Level.WARNING, "a \"b\"\n{\"message\": \"forged\"}");
    logRecord.setInstant(Instant.parse("2026-11-23T12:00:00.123Z"));
    logRecord.setLoggerName("dev.millrace.Example");

    String line = formatter.format(logRecord);

    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    assertThat(parsed(line))
        .containsEntry("@timestamp", "2026-11-23T12:00:00.123Z")
        .containsEntry("log.level", "WARN")
        .containsEntry("message", "a \"b\"\n{\"message\": \"forged\"}")
        .containsEntry("log.logger", "dev.millrace.Example")
        .containsEntry("service.name", "millrace")
        .containsEntry("process.pid", (double) ProcessHandle.current().pid())
        .doesNotContainKey("error.type");
  }

  @Test
  void anErrorIsThereWithItsTrace() {
    LogRecord logRecord = new LogRecord(Level.SEVERE, "failed");
    logRecord.setThrown(new IllegalStateException("odd"));

    Map<String, @Nullable Object> line = parsed(formatter.format(logRecord));

    assertThat(line)
        .containsEntry("log.level", "ERROR")
        .containsEntry("error.type", "java.lang.IllegalStateException")
        .containsEntry("error.message", "odd");
    assertThat(String.valueOf(line.get("error.stack_trace"))).contains("EcsFormatterTest");
  }

  @Test
  void levelsHaveTheirUsualNames() {
    assertThat(List.of(Level.SEVERE, Level.WARNING, Level.INFO, Level.CONFIG, Level.FINEST))
        .extracting(level -> parsed(formatter.format(new LogRecord(level, ""))).get("log.level"))
        .containsExactly("ERROR", "WARN", "INFO", "DEBUG", "DEBUG");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> parsed(String line) {
    Object value = Json.parse(line);
    assertThat(value).isInstanceOf(Map.class);
    return (Map<String, @Nullable Object>) value;
  }
}
