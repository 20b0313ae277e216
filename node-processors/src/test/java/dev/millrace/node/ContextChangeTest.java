package dev.millrace.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ContextChangeTest {

  /** A change that takes {@code taken} and adds so many. */
  private static ContextChange.Part change(int taken, int added, int number) {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i < added; i++) {
      elements.add(number + "." + i);
    }
    return new ContextChange.Part(
        Map.of("number", (double) number),
        Map.of("list", new ContextChange.Queue(taken, elements)));
  }

  @Property(tries = 300)
  void everyContextStaysWhatItWasWhileOthersGrowFromIt(
      @ForAll @Size(max = 30) List<@IntRange(max = 5) Integer> takes,
      @ForAll @Size(max = 30) List<@IntRange(max = 5) Integer> adds,
      @ForAll @Size(max = 30) List<@IntRange(max = 10) Integer> from) {
    List<Map<String, @Nullable Object>> contexts = new ArrayList<>();
    List<List<Object>> expected = new ArrayList<>();
    contexts.add(Map.of("kept", true, "list", List.of("a", "b", "c")));
    expected.add(List.of("a", "b", "c"));
    int count = Math.min(takes.size(), Math.min(adds.size(), from.size()));
    for (int i = 0; i < count; i++) {
      int base = Math.max(0, contexts.size() - 1 - from.get(i));
      ContextChange.Part change = change(takes.get(i), adds.get(i), i);
      contexts.add(change.applyTo(contexts.get(base)));
      List<Object> list = new ArrayList<>(expected.get(base));
      list.subList(0, Math.min(takes.get(i), list.size())).clear();
      for (int j = 0; j < adds.get(i); j++) {
        list.add(i + "." + j);
      }
      expected.add(list);
    }
    for (int i = 0; i < contexts.size(); i++) {
      assertThat(contexts.get(i))
          .containsEntry("list", expected.get(i))
          .containsEntry("kept", true);
    }
  }

  @Property(tries = 50)
  void aStoredChangeDoesTheSame(
      @ForAll @IntRange(max = 5) int taken, @ForAll @IntRange(max = 5) int added) {
    Map<String, @Nullable Object> before = Map.of("list", List.of(1.0, 2.0, 3.0), "kept", "x");
    ContextChange.Part change = change(taken, added, 7);
    ContextChange.Part read = ContextChange.Part.fromJson(change.toJson());
    assertThat(read).isEqualTo(change);
    assertThat(read.applyTo(before)).isEqualTo(change.applyTo(before));
  }

  @Test
  void aListBeginsWhereThereWasNone() {
    Map<String, @Nullable Object> before = new LinkedHashMap<>();
    before.put("list", "no list");
    assertThat(change(2, 1, 3).applyTo(before)).containsEntry("list", List.of("3.0"));
  }

  @Test
  void theWholeReplacesEverything() {
    assertThat(new ContextChange.Whole(Map.of("b", 2.0)).applyTo(Map.of("a", 1.0)))
        .isEqualTo(Map.of("b", 2.0));
  }
}
