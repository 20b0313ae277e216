package dev.millrace.node;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * An unmodifiable list of which another one without some first and with some more last elements
 * costs only those: both share what they have in common. One thread at a time for all that share.
 */
final class GrowingList extends AbstractList<@Nullable Object> implements RandomAccess {
  private final List<@Nullable Object> shared;
  private final int from;
  private final int to;

  private GrowingList(List<@Nullable Object> shared, int from, int to) {
    this.shared = shared;
    this.from = from;
    this.to = to;
  }

  static GrowingList of(List<? extends @Nullable Object> elements) {
    return elements instanceof GrowingList list
        ? list
        : new GrowingList(new ArrayList<>(elements), 0, elements.size());
  }

  GrowingList without(int first) {
    return new GrowingList(shared, from + Math.clamp(first, 0, size()), to);
  }

  GrowingList with(List<? extends @Nullable Object> last) {
    if (last.isEmpty()) {
      return this;
    }
    // Another list may already have grown over the end of this one.
    List<@Nullable Object> elements =
        shared.size() == to ? shared : new ArrayList<>(shared.subList(0, to));
    elements.addAll(last);
    return new GrowingList(elements, from, elements.size());
  }

  @Override
  public @Nullable Object get(int index) {
    return shared.get(from + Objects.checkIndex(index, size()));
  }

  @Override
  public int size() {
    return to - from;
  }
}
