package dev.millrace.nodes.transform;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.nodes.FuzzyEquality;
import dev.millrace.nodes.ItemMatcher;
import dev.millrace.nodes.ItemMatcher.FieldPair;
import dev.millrace.value.Coercion;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compare Datasets: sorts the items of two inputs into four outputs: only in A, in both and equal,
 * in both and different, only in B.
 */
public final class CompareDatasets implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.compareDatasets")
          .named("Compare Datasets", "Compares two inputs and tells where they differ.")
          .group("transform")
          .versions(1, 2, 2.1, 2.2, 2.3)
          .ports(new Ports(2, 4, new Ports.Required.AtLeast(1)))
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    Comparison comparison = Comparison.of(call);
    Map<String, @Nullable Object> options = call.object("options", 0);
    ItemMatcher.Result result =
        new ItemMatcher(
                comparison.fields(),
                comparison.dotNotation(),
                comparison.fuzzy(),
                "all".equals(options.get("multipleMatches")))
            .match(items(call, 0), items(call, 1));
    List<Item> same = new ArrayList<>();
    List<Item> different = new ArrayList<>();
    for (ItemMatcher.Match match : result.matches()) {
      if (comparison.equal(match)) {
        same.add(comparison.preferred(match));
      } else {
        different.add(comparison.resolved(match));
      }
    }
    return NodeOutput.ofOutputs(List.of(result.onlyFirst(), same, different, result.onlySecond()));
  }

  /** Versions before 2.2 leave items without fields out. */
  private static List<Item> items(NodeCall call, int input) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < call.input(input).size(); i++) {
      Item item = call.input(input).get(i);
      if (call.node().typeVersion() >= 2.2 || !item.json().isEmpty()) {
        items.add(item.withPairing(Pairing.to(i, input)));
      }
    }
    return items;
  }

  /**
   * How two items are compared and what becomes of a difference.
   *
   * @param skipped paths that do not count
   * @param missingIsEmpty whether a fuzzy comparison takes a missing field for an empty one
   */
  private record Comparison(
      List<FieldPair> fields,
      String resolve,
      String preferWhenMix,
      List<String> exceptWhenMix,
      List<String> skipped,
      boolean dotNotation,
      boolean fuzzy,
      boolean missingIsEmpty,
      String firstName,
      String secondName) {

    static Comparison of(NodeCall call) {
      double version = call.node().typeVersion();
      Map<String, @Nullable Object> options = call.object("options", 0);
      boolean fuzzy =
          version < 2
              ? Boolean.TRUE.equals(options.get("fuzzyCompare"))
              : call.bool("fuzzyCompare", 0, false);
      return new Comparison(
          FieldPair.ofParameter(call),
          call.string("resolve", 0, version < 2.1 ? "preferInput2" : "includeBoth"),
          call.string("preferWhenMix", 0, "input1"),
          names(call.parameter("exceptWhenMix", 0)),
          names(options.get("skipFields")),
          !Boolean.TRUE.equals(options.get("disableDotNotation")),
          fuzzy,
          version >= 2.1,
          version < 2 ? "input1" : "inputA",
          version < 2 ? "input2" : "inputB");
    }

    boolean equal(ItemMatcher.Match match) {
      return differingKeys(compared(match.first()), compared(match.second())).isEmpty();
    }

    Item preferred(ItemMatcher.Match match) {
      return prefersSecond() ? match.second() : match.first();
    }

    private boolean prefersSecond() {
      return resolve.equals("preferInput2")
          || (resolve.equals("mix") && preferWhenMix.equals("input2"));
    }

    Item resolved(ItemMatcher.Match match) {
      return switch (resolve) {
        case "preferInput1", "preferInput2" -> preferred(match);
        case "mix" -> mixed(match);
        default -> both(match);
      };
    }

    private Item mixed(ItemMatcher.Match match) {
      Item base = preferred(match);
      Item other = prefersSecond() ? match.first() : match.second();
      Map<String, @Nullable Object> json = new LinkedHashMap<>(base.json());
      for (String field : exceptWhenMix) {
        if (dotNotation) {
          Object value = PropertyPath.get(other.json(), field);
          PropertyPath.set(json, field, value == Undefined.UNDEFINED ? null : value);
        } else {
          json.put(field, other.json().get(field));
        }
      }
      return base.withJson(json);
    }

    private Item both(ItemMatcher.Match match) {
      Map<String, @Nullable Object> first = match.first().json();
      Map<String, @Nullable Object> second = match.second().json();
      Map<String, @Nullable Object> keys = new LinkedHashMap<>();
      for (FieldPair field : fields) {
        Object value =
            dotNotation ? PropertyPath.get(first, field.first()) : first.get(field.first());
        keys.put(field.first(), value == Undefined.UNDEFINED ? null : value);
      }
      Set<String> differing = differingKeys(first, second);
      Map<String, @Nullable Object> same = new LinkedHashMap<>();
      for (String key : keysOf(first, second)) {
        if (!differing.contains(key)) {
          same.put(key, first.containsKey(key) ? first.get(key) : second.get(key));
        }
      }
      Map<String, @Nullable Object> different = new LinkedHashMap<>();
      Map<String, @Nullable Object> left = new LinkedHashMap<>();
      for (String key : differing) {
        describe(key, first, second, different, left);
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("keys", keys);
      json.put("same", same);
      json.put("different", different);
      if (!left.isEmpty()) {
        json.put("skipped", left);
      }
      List<PairedItem> lineage = new ArrayList<>(pairs(match.first()));
      lineage.addAll(pairs(match.second()));
      return Item.of(json).withPairing(Pairing.to(lineage));
    }

    /** Puts the two versions of a field into what differs and what was skipped. */
    private void describe(
        String key,
        Map<String, @Nullable Object> first,
        Map<String, @Nullable Object> second,
        Map<String, @Nullable Object> different,
        Map<String, @Nullable Object> left) {
      Object one = first.get(key);
      Object two = second.get(key);
      if (skipped.contains(key)) {
        left.put(key, versions(one, two));
        return;
      }
      String prefix = key + ".";
      List<String> below =
          dotNotation
              ? skipped.stream().filter(path -> path.startsWith(prefix)).toList()
              : List.of();
      if (below.isEmpty()) {
        different.put(key, versions(one, two));
        return;
      }
      Map<String, @Nullable Object> keptOne = wrapped(key, one);
      Map<String, @Nullable Object> keptTwo = wrapped(key, two);
      Map<String, @Nullable Object> leftOne = new LinkedHashMap<>();
      Map<String, @Nullable Object> leftTwo = new LinkedHashMap<>();
      for (String path : below) {
        move(path, keptOne, leftOne);
        move(path, keptTwo, leftTwo);
      }
      Object restOne = keptOne.get(key);
      Object restTwo = keptTwo.get(key);
      if (!restEmpty(restOne) || !restEmpty(restTwo)) {
        different.put(key, versions(restOne, restTwo));
      }
      if (!leftOne.isEmpty() || !leftTwo.isEmpty()) {
        left.put(key, versions(leftOne.get(key), leftTwo.get(key)));
      }
    }

    private static boolean restEmpty(@Nullable Object rest) {
      return rest == null || (rest instanceof Map<?, ?> map && map.isEmpty());
    }

    private static Map<String, @Nullable Object> wrapped(String key, @Nullable Object value) {
      Map<String, @Nullable Object> object = new LinkedHashMap<>();
      object.put(key, value);
      return object;
    }

    private static void move(
        String path, Map<String, @Nullable Object> from, Map<String, @Nullable Object> to) {
      Object value = PropertyPath.get(from, path);
      if (value != Undefined.UNDEFINED) {
        PropertyPath.set(to, path, value);
        PropertyPath.remove(from, path);
      }
    }

    private Map<String, @Nullable Object> versions(@Nullable Object one, @Nullable Object two) {
      Map<String, @Nullable Object> versions = new LinkedHashMap<>();
      versions.put(firstName, one);
      versions.put(secondName, two);
      return versions;
    }

    /** The item's fields that count; the key fields are equal already. */
    private Map<String, @Nullable Object> compared(Item item) {
      if (skipped.isEmpty()) {
        return item.json();
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
      for (String path : skipped) {
        if (dotNotation) {
          PropertyPath.remove(json, path);
        } else {
          json.remove(path);
        }
      }
      return json;
    }

    private Set<String> differingKeys(
        Map<String, @Nullable Object> first, Map<String, @Nullable Object> second) {
      Set<String> differing = new LinkedHashSet<>();
      for (String key : keysOf(first, second)) {
        Object one = first.containsKey(key) ? first.get(key) : Undefined.UNDEFINED;
        Object two = second.containsKey(key) ? second.get(key) : Undefined.UNDEFINED;
        boolean equal =
            fuzzy ? FuzzyEquality.equal(one, two, missingIsEmpty) : Objects.equals(one, two);
        if (!equal) {
          differing.add(key);
        }
      }
      return differing;
    }

    private static Set<String> keysOf(
        Map<String, @Nullable Object> first, Map<String, @Nullable Object> second) {
      Set<String> keys = new LinkedHashSet<>(first.keySet());
      keys.addAll(second.keySet());
      return keys;
    }

    private static List<PairedItem> pairs(Item item) {
      Pairing pairing = item.pairing();
      return pairing == null ? List.of() : pairing.all();
    }
  }

  private static List<String> names(@Nullable Object list) {
    if (list instanceof List<?> names) {
      return names.stream().map(Coercion::toText).toList();
    }
    return list instanceof String text
        ? Arrays.stream(text.split(",")).map(String::strip).filter(n -> !n.isEmpty()).toList()
        : List.of();
  }

  private static List<Property> properties() {
    Property.Option preferA = Property.option("Use Input A Version", "preferInput1");
    Property.Option preferB = Property.option("Use Input B Version", "preferInput2");
    Property.Option mix = Property.option("Use a Mix of Versions", "mix");
    Property.Option both = Property.option("Include Both Versions", "includeBoth");
    return List.of(
        Property.fixedCollection(
                "mergeByFields",
                "Fields to Match",
                Property.group(
                    "values",
                    "Values",
                    Property.string("field1", "Input A Field", ""),
                    Property.string("field2", "Input B Field", "")))
            .withDefault(Map.of("values", List.of(Map.of("field1", "", "field2", ""))))
            .withTypeOption("multipleValues", true),
        Property.options(
                "resolve",
                "When There Are Differences",
                "preferInput2",
                preferA,
                preferB,
                mix,
                both)
            .showWhen("@version", 1, 2),
        Property.options(
                "resolve", "When There Are Differences", "includeBoth", preferA, preferB, mix, both)
            .hideWhen("@version", 1, 2),
        Property.bool("fuzzyCompare", "Fuzzy Compare", false).hideWhen("@version", 1),
        Property.options(
                "preferWhenMix",
                "Prefer",
                "input1",
                Property.option("Input A Version", "input1"),
                Property.option("Input B Version", "input2"))
            .showWhen("resolve", "mix"),
        Property.string("exceptWhenMix", "For Everything Except", "").showWhen("resolve", "mix"),
        Property.collection(
            "options",
            "Options",
            Property.string("skipFields", "Fields to Skip Comparing", ""),
            Property.bool("fuzzyCompare", "Fuzzy Compare", false).showWhen("@version", 1),
            Property.bool("disableDotNotation", "Disable Dot Notation", false),
            Property.options(
                "multipleMatches",
                "Multiple Matches",
                "first",
                Property.option("Include First Match Only", "first"),
                Property.option("Include All Matches", "all"))));
  }
}
