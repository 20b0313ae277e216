package dev.millrace.node;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lineage for items whose node did not say where they came from. */
public final class PairingRules {
  private PairingRules() {}

  /**
   * Gives every output item without lineage the one that the numbers of items suggest; where they
   * suggest none, all stay as they are.
   *
   * @return the outputs, the same list where nothing had to be changed
   */
  public static @Nullable List<@Nullable List<Item>> fill(
      List<@Nullable List<Item>> inputs, @Nullable List<@Nullable List<Item>> outputs) {
    if (outputs == null || !anyUnpaired(outputs)) {
      return outputs;
    }
    List<Item> input = inputs.size() == 1 ? inputs.get(0) : null;
    int inputItems = input == null ? -1 : input.size();
    List<Item> single = outputs.size() == 1 ? outputs.get(0) : null;
    int outputItems = single == null ? -1 : single.size();
    boolean sameIndex = inputItems != 1 && inputItems >= 0 && inputItems == outputItems;
    boolean first = inputItems == 1 || (outputItems == 1 && !sameIndex && anyItems(inputs));
    if (!sameIndex && !first) {
      return outputs;
    }
    List<@Nullable List<Item>> filled = new ArrayList<>(outputs.size());
    for (List<Item> output : outputs) {
      if (output == null) {
        filled.add(null);
        continue;
      }
      List<Item> items = new ArrayList<>(output.size());
      for (int i = 0; i < output.size(); i++) {
        Item item = output.get(i);
        items.add(item.pairing() == null ? item.withPairing(Pairing.to(sameIndex ? i : 0)) : item);
      }
      filled.add(items);
    }
    return filled;
  }

  private static boolean anyUnpaired(List<@Nullable List<Item>> outputs) {
    for (List<Item> output : outputs) {
      if (output != null) {
        for (Item item : output) {
          if (item.pairing() == null) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean anyItems(List<@Nullable List<Item>> inputs) {
    for (List<Item> input : inputs) {
      if (input != null && !input.isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
