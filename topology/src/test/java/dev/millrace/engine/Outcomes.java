package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.item.Item;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Outcomes of executions as text, to be compared. */
final class Outcomes {
  private Outcomes() {}

  static List<String> picture(ExecutionState state) {
    List<NodeRun> runs = new ArrayList<>();
    state.allRuns().values().forEach(runs::addAll);
    runs.sort(Comparator.comparingInt(NodeRun::executionIndex));
    return picture(state.status().json(), state.lastNode(), runs);
  }

  /** Everything of an execution's outcome but its times. */
  static List<String> picture(String status, @Nullable String lastNode, List<NodeRun> runs) {
    List<String> lines = new ArrayList<>();
    for (NodeRun run : runs) {
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      List<Object> outputs = new ArrayList<>();
      for (List<Item> items : run.outputs()) {
        outputs.add(items == null ? "none" : items.stream().map(Item::toJson).toList());
      }
      form.put("outputs", outputs);
      lines.add(
          run.node()
              + "#"
              + run.run()
              + (run.error() == null ? " " : " failed ")
              + run.sources()
              + Json.text(form));
    }
    lines.add(status + " last=" + lastNode);
    return lines;
  }

  /** Fails at the first line that differs: whole traces of failed graphs would be unreadable. */
  static void assertSame(List<String> actual, List<String> expected, String where) {
    for (int i = 0; i < Math.max(actual.size(), expected.size()); i++) {
      assertThat(i < actual.size() ? actual.get(i) : "nothing")
          .as("run %s in %s", i, where)
          .isEqualTo(i < expected.size() ? expected.get(i) : "nothing");
    }
  }
}
