package dev.millrace.item;

import org.jspecify.annotations.Nullable;

/**
 * A pointer from an output item to one input item of the node that made it.
 *
 * @param item index of the input item
 * @param input index of the node's input
 * @param source takes the place of the run's recorded source of that input; only loops set it
 */
public record PairedItem(int item, int input, @Nullable Source source) {
  public static PairedItem of(int item) {
    return new PairedItem(item, 0, null);
  }

  public static PairedItem of(int item, int input) {
    return new PairedItem(item, input, null);
  }
}
