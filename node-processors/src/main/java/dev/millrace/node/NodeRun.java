package dev.millrace.node;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A recorded run of a node.
 *
 * @param run index among the runs of this node
 * @param executionIndex index among all node runs of the execution
 * @param started when the run began
 * @param durationMicros how long it took, in microseconds
 * @param sources where each input's items came from; null for an input without any
 * @param outputs the items of each output; null for an output without data
 * @param error the node's error as a JSON object with at least {@code message}, or null
 */
public record NodeRun(
    String node,
    int run,
    int executionIndex,
    Instant started,
    long durationMicros,
    List<@Nullable Source> sources,
    List<@Nullable List<Item>> outputs,
    @Nullable Map<String, @Nullable Object> error) {

  /** The items of one output, empty when it has none. */
  public List<Item> output(int index) {
    if (index < 0 || index >= outputs.size()) {
      return List.of();
    }
    List<Item> items = outputs.get(index);
    return items == null ? List.of() : items;
  }
}
