package dev.millrace.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.jspecify.annotations.Nullable;

/** Random JSON values of the value model. */
public final class JsonArbitraries {
  private JsonArbitraries() {}

  /** Objects with up to four keys, nested up to four deep. */
  public static Arbitrary<Map<String, @Nullable Object>> objects() {
    return objects(3);
  }

  /** Any value, null among them. */
  public static Arbitrary<@Nullable Object> values() {
    return values(3);
  }

  private static Arbitrary<Map<String, @Nullable Object>> objects(int depth) {
    return Combinators.combine(
            Arbitraries.strings().ofMaxLength(6).list().uniqueElements().ofMaxSize(4),
            values(depth).array(Object[].class).ofSize(4))
        .as((keys, entries) -> {
          Map<String, @Nullable Object> object = new LinkedHashMap<>();
          for (int i = 0; i < keys.size(); i++) {
            object.put(keys.get(i), Arrays.asList(entries).get(i));
          }
          return object;
        });
  }

  @SuppressWarnings("NullAway") // jqwik does not say that its values may be null.
  private static Arbitrary<@Nullable Object> values(int depth) {
    Arbitrary<Object> leaves =
        Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(20).map(s -> (Object) s),
                Arbitraries.of(true, false).map(b -> (Object) b),
                Arbitraries.integers().map(i -> (Object) (double) i),
                Arbitraries.doubles().map(d -> (Object) d))
            .injectNull(0.1);
    return depth == 0
        ? leaves
        : Arbitraries.oneOf(
            leaves,
            leaves,
            values(depth - 1).list().ofMaxSize(3).map(l -> (Object) new ArrayList<>(l)),
            objects(depth - 1).map(m -> (Object) m));
  }
}
