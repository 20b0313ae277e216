package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node run that is queued: the items of each input (null: none arrived) and where they came from.
 */
public record QueueEntry(
    String node, List<@Nullable List<Item>> inputs, List<@Nullable Source> sources) {

  /** Whether any input holds an item. */
  static boolean anyItems(List<@Nullable List<Item>> inputs) {
    for (List<Item> items : inputs) {
      if (items != null && !items.isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
