package dev.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ExecutionKeysTest {
  @Test
  void aKeyTellsItsExecution() {
    assertThat(ExecutionKeys.executionId(ExecutionKeys.batch("tenant", "größe.1.0", 7)))
        .isEqualTo("größe.1.0");
    assertThatThrownBy(() -> ExecutionKeys.executionId("no key".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** From one execution to the next, whatever their ids begin with. */
  @Test
  void whatComesAfterAnExecutionIsTheNextOne() {
    List<String> ids = List.of("a", "a-b", "a.1.0", "a.1.0.1.0", "a/", "a0", "ab", "b");
    TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
    for (String id : ids) {
      for (long sequence : new long[] {0, 1, 255, 256, 1L << 40}) {
        keys.add(ExecutionKeys.batch("t", id, sequence));
      }
    }
    TreeSet<String> seen = new TreeSet<>();
    byte[] key = keys.first();
    while (key != null) {
      assertThat(seen.add(ExecutionKeys.executionId(key))).isTrue();
      key = keys.ceiling(ExecutionKeys.after(key));
    }
    assertThat(seen).containsExactlyElementsOf(ids);
  }
}
