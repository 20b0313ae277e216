package dev.millrace.nodes.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadWriteFileTest {
  @Test
  void recordedSelectors() throws IOException {
    Path file =
        Path.of(
            System.getProperty("millrace.shared", ""),
            "n8n/conformance/units/Files__ReadWriteFile__test__utils.json");
    assumeTrue(Files.exists(file), "skipped: the behaviour data is not at " + file);
    int checked = 0;
    for (Object test : list(Json.parseObject(Files.readAllBytes(file)).get("tests"))) {
      Map<?, ?> call = map(list(map(test).get("calls")).getFirst());
      String text = String.valueOf(list(call.get("args")).getFirst());
      assertThat(ReadWriteFile.selector(text, "()"))
          .isEqualTo(map(list(map(test).get("expect")).getFirst()).get("expected"));
      checked++;
    }
    assertThat(checked).isEqualTo(6);
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }
}
