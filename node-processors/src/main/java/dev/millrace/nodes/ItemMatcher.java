package dev.millrace.nodes;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds which items of two inputs belong together because their key fields are equal. An item that
 * lacks one of the fields belongs to none.
 */
public final class ItemMatcher {
  /** The most matches that one run may find: many equal keys on both sides multiply. */
  public static final int MAX_MATCHES = 200_000;

  /** The most pairs that may be compared one by one, which a fuzzy comparison has to do. */
  public static final long MAX_COMPARISONS = 5_000_000;

  private final List<FieldPair> fields;
  private final boolean dotNotation;
  private final boolean fuzzy;
  private final boolean allMatches;

  /** The key field of the first input and its counterpart in the second. */
  public record FieldPair(String first, String second) {
    /** The pairs of the parameter {@code mergeByFields}. */
    public static List<FieldPair> ofParameter(NodeCall call) {
      List<FieldPair> pairs = new ArrayList<>();
      for (Object value : call.list("mergeByFields.values", 0)) {
        if (value instanceof Map<?, ?> pair) {
          pairs.add(new FieldPair(name(pair, "field1"), name(pair, "field2")));
        }
      }
      return required(pairs);
    }

    /**
     * @throws NodeException when there is no pair, or one lacks a name
     */
    public static List<FieldPair> required(List<FieldPair> pairs) {
      if (pairs.isEmpty()
          || pairs.stream().anyMatch(p -> p.first().isEmpty() || p.second().isEmpty())) {
        throw new NodeException(
            "'Fields to Match' needs at least one field, and a field of each input in every pair.");
      }
      return pairs;
    }

    private static String name(Map<?, ?> pair, String key) {
      Object name = pair.get(key);
      return Undefined.orNull(name) ? "" : Coercion.toText(name).strip();
    }
  }

  /** Two items that belong together. */
  public record Match(Item first, Item second) {}

  /**
   * @param matches in order of the first input
   * @param matchedFirst items of the first input with a match, each once
   * @param matchedSecond items of the second input with a match, each once
   * @param onlyFirst items of the first input without a match
   * @param onlySecond items of the second input without a match
   */
  public record Result(
      List<Match> matches,
      List<Item> matchedFirst,
      List<Item> matchedSecond,
      List<Item> onlyFirst,
      List<Item> onlySecond) {}

  /**
   * @param fields key fields; none means that nothing matches
   * @param dotNotation whether a field's name is a path
   * @param fuzzy whether keys are compared by {@link FuzzyEquality}
   * @param allMatches whether an item of the first input takes all its matches or the first one
   */
  public ItemMatcher(
      List<FieldPair> fields, boolean dotNotation, boolean fuzzy, boolean allMatches) {
    this.fields = List.copyOf(fields);
    this.dotNotation = dotNotation;
    this.fuzzy = fuzzy;
    this.allMatches = allMatches;
  }

  /** Matches two inputs. Both stay as they are. */
  public Result match(List<Item> first, List<Item> second) {
    Candidates candidates = fuzzy ? fuzzyCandidates(first.size(), second) : equalCandidates(second);
    List<Match> matches = new ArrayList<>();
    List<Item> matchedFirst = new ArrayList<>();
    List<Item> onlyFirst = new ArrayList<>();
    boolean[] used = new boolean[second.size()];
    for (Item item : first) {
      List<@Nullable Object> key = key(item, true);
      List<Integer> found = key == null ? List.of() : candidates.of(key);
      if (found.isEmpty()) {
        onlyFirst.add(item);
        continue;
      }
      matchedFirst.add(item);
      for (int index : allMatches ? found : found.subList(0, 1)) {
        if (matches.size() == MAX_MATCHES) {
          throw new NodeException(
              ErrorCode.BATCH_TOO_LARGE,
              "More than " + MAX_MATCHES + " pairs of items match.",
              -1,
              "Match on more fields, or keep only the first match of each item.",
              Map.of(),
              null);
        }
        used[index] = true;
        matches.add(new Match(item, second.get(index)));
      }
    }
    List<Item> matchedSecond = new ArrayList<>();
    List<Item> onlySecond = new ArrayList<>();
    for (int i = 0; i < used.length; i++) {
      (used[i] ? matchedSecond : onlySecond).add(second.get(i));
    }
    return new Result(matches, matchedFirst, matchedSecond, onlyFirst, onlySecond);
  }

  /** The items of the second input that have a key, by index in ascending order. */
  private interface Candidates {
    List<Integer> of(List<@Nullable Object> key);
  }

  private Candidates equalCandidates(List<Item> second) {
    Map<List<@Nullable Object>, List<Integer>> byKey = new HashMap<>();
    for (int i = 0; i < second.size(); i++) {
      List<@Nullable Object> key = key(second.get(i), false);
      if (key != null) {
        byKey.computeIfAbsent(key, _ -> new ArrayList<>()).add(i);
      }
    }
    return key -> byKey.getOrDefault(key, List.of());
  }

  private Candidates fuzzyCandidates(int firstSize, List<Item> second) {
    if ((long) firstSize * second.size() > MAX_COMPARISONS) {
      throw new NodeException(
          ErrorCode.BATCH_TOO_LARGE,
          "A fuzzy comparison of "
              + firstSize
              + " with "
              + second.size()
              + " items takes too long.",
          -1,
          "Turn the fuzzy comparison off, or send fewer items.",
          Map.of(),
          null);
    }
    List<@Nullable List<@Nullable Object>> keys = new ArrayList<>();
    for (Item item : second) {
      keys.add(key(item, false));
    }
    return (List<@Nullable Object> key) -> {
      List<Integer> found = new ArrayList<>();
      for (int i = 0; i < keys.size(); i++) {
        List<@Nullable Object> other = keys.get(i);
        if (other != null && fuzzyEqual(key, other)) {
          found.add(i);
        }
      }
      return found;
    };
  }

  private static boolean fuzzyEqual(List<@Nullable Object> a, List<@Nullable Object> b) {
    for (int i = 0; i < a.size(); i++) {
      if (!FuzzyEquality.equal(a.get(i), b.get(i), false)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable List<@Nullable Object> key(Item item, boolean isFirst) {
    if (fields.isEmpty()) {
      return null;
    }
    List<@Nullable Object> key = new ArrayList<>(fields.size());
    for (FieldPair field : fields) {
      Object value = value(item, isFirst ? field.first() : field.second());
      if (value == Undefined.UNDEFINED) {
        return null;
      }
      key.add(value);
    }
    return key;
  }

  private @Nullable Object value(Item item, String field) {
    if (dotNotation) {
      return PropertyPath.get(item.json(), field);
    }
    return item.json().containsKey(field) ? item.json().get(field) : Undefined.UNDEFINED;
  }
}
