package dev.millrace.engine;

import dev.millrace.item.Item;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The items of several runs, one run after the other, by output. An output without data in all of
 * them has none here.
 */
public final class JoinedOutputs {
  /** How an item is taken over. */
  @FunctionalInterface
  public interface Taking {
    /**
     * @param index the item's place in its output
     */
    Item take(Item item, int index);
  }

  private final List<@Nullable List<Item>> ports = new ArrayList<>();

  /** Puts the items of a run behind those that are there. */
  public void add(List<@Nullable List<Item>> outputs, Taking taking) {
    for (int port = 0; port < outputs.size(); port++) {
      if (ports.size() <= port) {
        ports.add(null);
      }
      List<Item> items = outputs.get(port);
      if (items == null) {
        continue;
      }
      List<Item> known = ports.get(port);
      List<Item> all = known == null ? new ArrayList<>() : known;
      for (int i = 0; i < items.size(); i++) {
        all.add(taking.take(items.get(i), i));
      }
      ports.set(port, all);
    }
  }

  /** What was put together; null is an output without data. */
  public List<@Nullable List<Item>> ports() {
    return ports;
  }
}
