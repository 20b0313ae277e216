package dev.millrace.nodes.transform;

import dev.millrace.value.Coercion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/** The order of JSON values, and a sort that bears an order that is none. */
final class Order {
  /** Up to here the sort is by binary insertion, as JavaScript engines do it. */
  private static final int SHORT = 64;

  private Order() {}

  /** JavaScript's {@code a < b}. */
  static boolean lessThan(@Nullable Object a, @Nullable Object b) {
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y) < 0;
    }
    return Coercion.toNumber(a) < Coercion.toNumber(b);
  }

  /**
   * Compares two values of a field: text without regard to case. Values that cannot be compared,
   * such as text and null, count as "after" in both directions.
   */
  static int compare(@Nullable Object a, @Nullable Object b) {
    Object x = folded(a);
    Object y = folded(b);
    if (Objects.equals(x, y)) {
      return 0;
    }
    return lessThan(x, y) ? -1 : 1;
  }

  private static @Nullable Object folded(@Nullable Object value) {
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  /**
   * A sorted copy, stable. {@link List#sort} throws when an order contradicts itself, which {@link
   * #compare} does on mixed types; short lists come out as JavaScript's {@code sort} leaves them
   * even then.
   */
  static <T> List<T> sorted(List<T> list, ToIntBiFunction<T, T> order) {
    if (list.size() < SHORT) {
      return insertionSorted(list, order);
    }
    int middle = list.size() / 2;
    List<T> left = sorted(list.subList(0, middle), order);
    List<T> right = sorted(list.subList(middle, list.size()), order);
    List<T> merged = new ArrayList<>(list.size());
    int l = 0;
    int r = 0;
    while (l < left.size() && r < right.size()) {
      merged.add(order.applyAsInt(right.get(r), left.get(l)) < 0 ? right.get(r++) : left.get(l++));
    }
    merged.addAll(left.subList(l, left.size()));
    merged.addAll(right.subList(r, right.size()));
    return merged;
  }

  private static <T> List<T> insertionSorted(List<T> list, ToIntBiFunction<T, T> order) {
    List<T> sorted = new ArrayList<>(list);
    for (int start = run(sorted, order); start < sorted.size(); start++) {
      T pivot = sorted.remove(start);
      int left = 0;
      int right = start;
      while (left < right) {
        int mid = left + ((right - left) >> 1);
        if (order.applyAsInt(pivot, sorted.get(mid)) < 0) {
          right = mid;
        } else {
          left = mid + 1;
        }
      }
      sorted.add(left, pivot);
    }
    return sorted;
  }

  /** Length of the run that the list begins with; a falling one is reversed. */
  private static <T> int run(List<T> list, ToIntBiFunction<T, T> order) {
    if (list.size() < 2) {
      return list.size();
    }
    boolean falling = order.applyAsInt(list.get(1), list.get(0)) < 0;
    int end = 2;
    while (end < list.size()
        && (order.applyAsInt(list.get(end), list.get(end - 1)) < 0) == falling) {
      end++;
    }
    if (falling) {
      java.util.Collections.reverse(list.subList(0, end));
    }
    return end;
  }
}
