package dev.millrace.parameter;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of objects that are made again and again with other values, so that such an object is an
 * array and no table. Immutable and shared between threads.
 */
final class FixedKeys {
  private final String[] keys;
  private final Map<String, Integer> places;

  private FixedKeys(String[] keys, Map<String, Integer> places) {
    this.keys = keys;
    this.places = places;
  }

  static FixedKeys of(Collection<String> keys) {
    Map<String, Integer> places = HashMap.newHashMap(keys.size());
    for (String key : keys) {
      places.put(key, places.size());
    }
    return new FixedKeys(keys.toArray(String[]::new), places);
  }

  /**
   * An unmodifiable object with these keys, in their order.
   *
   * @param values one per key; kept, not copied
   */
  Map<String, @Nullable Object> with(@Nullable Object[] values) {
    return new FixedMap(this, values);
  }

  private static final class FixedMap extends AbstractMap<String, @Nullable Object> {
    private final FixedKeys shape;
    private final @Nullable Object[] values;

    FixedMap(FixedKeys shape, @Nullable Object[] values) {
      this.shape = shape;
      this.values = values;
    }

    @Override
    public int size() {
      return values.length;
    }

    @Override
    @SuppressWarnings("SuspiciousMethodCalls") // A map answers any key.
    public boolean containsKey(@Nullable Object key) {
      return shape.places.containsKey(key);
    }

    @Override
    @SuppressWarnings("SuspiciousMethodCalls")
    public @Nullable Object get(@Nullable Object key) {
      Integer place = shape.places.get(key);
      return place == null ? null : values[place];
    }

    @Override
    public Set<Map.Entry<String, @Nullable Object>> entrySet() {
      return new AbstractSet<>() {
        @Override
        public int size() {
          return values.length;
        }

        @Override
        public Iterator<Map.Entry<String, @Nullable Object>> iterator() {
          return new Entries();
        }
      };
    }

    private final class Entries implements Iterator<Map.Entry<String, @Nullable Object>> {
      private int next;

      @Override
      public boolean hasNext() {
        return next < values.length;
      }

      @Override
      public Map.Entry<String, @Nullable Object> next() {
        if (next == values.length) {
          throw new NoSuchElementException();
        }
        int at = next++;
        return new SimpleImmutableEntry<>(shape.keys[at], values[at]);
      }
    }
  }
}
