package dev.millrace.nodes.transform;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Groups items and computes sums, counts, lists and the like for each group: a pivot table. */
public final class Summarize implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.summarize")
          .named("Summarize", "Groups items and aggregates their fields, as a pivot table does.")
          .versions(1, 1.1)
          .properties(parameters("append", "concatenate", "count", "countUnique"))
          .build();

  /**
   * @param emptyMatters the aggregations that ask whether empty values count
   */
  static List<Property> parameters(Object... emptyMatters) {
    return List.of(
        Property.fixedCollection(
                "fieldsToSummarize",
                "Fields to Summarize",
                Property.group(
                    "values",
                    "",
                    Property.options(
                        "aggregation",
                        "Aggregation",
                        "count",
                        Property.option("Append", "append"),
                        Property.option("Average", "average"),
                        Property.option("Concatenate", "concatenate"),
                        Property.option("Count", "count"),
                        Property.option("Count Unique", "countUnique"),
                        Property.option("Max", "max"),
                        Property.option("Min", "min"),
                        Property.option("Sum", "sum")),
                    Property.string("field", "Field", "")
                        .hideWhen(
                            "aggregation", "average", "sum", "countUnique", "count", "max", "min"),
                    Property.string("field", "Field", "").showWhen("aggregation", "average", "sum"),
                    Property.string("field", "Field", "")
                        .showWhen("aggregation", "countUnique", "count", "max", "min"),
                    Property.bool("includeEmpty", "Include Empty Values", false)
                        .showWhen("aggregation", emptyMatters),
                    Property.options(
                            "separateBy",
                            "Separator",
                            ",",
                            Property.option("Comma", ","),
                            Property.option("Comma and Space", ", "),
                            Property.option("New Line", "\n"),
                            Property.option("None", ""),
                            Property.option("Space", " "),
                            Property.option("Other", "other"))
                        .showWhen("aggregation", "concatenate"),
                    Property.string("customSeparator", "Custom Separator", "")
                        .showWhen("aggregation", "concatenate")
                        .showWhen("separateBy", "other")))
            .withDefault(Map.of("values", List.of(Map.of("aggregation", "count", "field", ""))))
            .withTypeOption("multipleValues", true),
        Property.string("fieldsToSplitBy", "Fields to Split By", "")
            .hideWhen("/options.outputFormat", "singleItem"),
        Property.string("fieldsToSplitBy", "Fields to Group By", "")
            .showWhen("/options.outputFormat", "singleItem"),
        Property.collection(
            "options",
            "Options",
            Property.bool("continueIfFieldNotFound", "Continue if Field Not Found", false)
                .showWhen("@version", 1),
            Property.bool("disableDotNotation", "Disable Dot Notation", false),
            Property.options(
                "outputFormat",
                "Output Format",
                "separateItems",
                Property.option("Each Split in a Separate Item", "separateItems"),
                Property.option("All Splits in a Single Item", "singleItem")),
            Property.bool(
                "skipEmptySplitFields", "Ignore items without valid fields to group by", false)));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    boolean first = call.node().typeVersion() < 1.1;
    return NodeOutput.of(summarize(call, first, first ? Keys.TEXT : Keys.TYPED));
  }

  /** What becomes of the values that items are grouped by. */
  enum Keys {
    /** They keep their types. */
    TYPED,
    /** They become text. */
    TEXT,
    /** They become keys of a JavaScript object: text, with whole numbers first and in order. */
    OBJECT_KEYS
  }

  /**
   * @param strict whether a field that no item has is an error
   */
  static List<Item> summarize(NodeCall call, boolean strict, Keys keys) {
    boolean dotNotation = FieldNames.dotNotation(call);
    List<Aggregation> aggregations = aggregations(call, dotNotation);
    if (aggregations.isEmpty()) {
      throw failure(
          "You need to add at least one aggregation to 'Fields to Summarize' with non empty"
              + " 'Field'",
          "Name the field of at least one aggregation.");
    }
    List<Item> input = call.input();
    if (strict && !call.bool("options.continueIfFieldNotFound", 0, false)) {
      for (Aggregation aggregation : aggregations) {
        if (input.stream()
            .allMatch(item -> aggregation.field().get(item.json()) == Undefined.UNDEFINED)) {
          throw failure(
              "The field '" + aggregation.field().name() + "' does not exist in any items",
              FieldNames.missingAdvice(aggregation.field().name(), dotNotation));
        }
      }
    }
    List<FieldPath> groupBy =
        FieldNames.list(call, "fieldsToSplitBy", 0).stream()
            .map(name -> FieldPath.of(name, dotNotation))
            .toList();
    Grouping grouping =
        new Grouping(
            input,
            groupBy,
            aggregations,
            keys,
            call.bool("options.skipEmptySplitFields", 0, false));
    boolean single = call.string("options.outputFormat", 0, "separateItems").equals("singleItem");
    List<Integer> all = IntStream.range(0, input.size()).boxed().toList();
    if (single || groupBy.isEmpty()) {
      return List.of(Item.of(grouping.nested(all, 0)).withPairing(pairing(all)));
    }
    List<Item> result = new ArrayList<>();
    grouping.flat(all, 0, new LinkedHashMap<>(), result);
    return result;
  }

  private static List<Aggregation> aggregations(NodeCall call, boolean dotNotation) {
    List<Aggregation> aggregations = new ArrayList<>();
    for (Object row : call.list("fieldsToSummarize.values", 0)) {
      if (row instanceof Map<?, ?> map
          && map.get("field") instanceof String field
          && !field.isEmpty()) {
        Object separator = map.get("separateBy");
        Object custom = map.get("customSeparator");
        aggregations.add(
            new Aggregation(
                Function.of(map.get("aggregation")),
                FieldPath.of(field, dotNotation),
                Coercion.toBoolean(map.get("includeEmpty")),
                "other".equals(separator)
                    ? custom instanceof String text ? text : ""
                    : separator instanceof String text ? text : ","));
      }
    }
    return aggregations;
  }

  private static Pairing pairing(List<Integer> indexes) {
    return Pairing.to(indexes.stream().map(PairedItem::of).toList());
  }

  private static boolean isEmpty(@Nullable Object value) {
    return Undefined.orNull(value) || "".equals(value);
  }

  private static NodeException failure(String message, String advice) {
    return new NodeException(ErrorCode.NODE_FAILED, message, -1, advice, Map.of(), null);
  }

  /** Items by the values of some fields, one level of groups per field. */
  private record Grouping(
      List<Item> input,
      List<FieldPath> groupBy,
      List<Aggregation> aggregations,
      Keys keyKind,
      boolean skipEmpty) {

    Map<String, @Nullable Object> nested(List<Integer> members, int level) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      if (level == groupBy.size()) {
        aggregateInto(json, members);
      } else {
        groups(members, level)
            .forEach((key, group) -> json.put(Coercion.toText(key), nested(group, level + 1)));
      }
      return json;
    }

    void flat(
        List<Integer> members, int level, Map<String, @Nullable Object> keys, List<Item> result) {
      if (level == groupBy.size()) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>(keys);
        aggregateInto(json, members);
        result.add(Item.of(json).withPairing(pairing(members)));
        return;
      }
      String name = groupBy.get(level).name();
      groups(members, level)
          .forEach((key, group) -> {
            Map<String, @Nullable Object> deeper = new LinkedHashMap<>(keys);
            if (key != Undefined.UNDEFINED) {
              deeper.put(name, key);
            }
            flat(group, level + 1, deeper, result);
          });
    }

    private Map<@Nullable Object, List<Integer>> groups(List<Integer> members, int level) {
      Map<@Nullable Object, List<Integer>> groups = new LinkedHashMap<>();
      for (int member : members) {
        Object key = groupBy.get(level).get(input.get(member).json());
        boolean empty =
            isEmpty(key)
                || (key instanceof Map<?, ?> map && map.isEmpty())
                || (key instanceof List<?> list && list.isEmpty());
        if (empty && skipEmpty) {
          continue;
        }
        groups
            .computeIfAbsent(
                keyKind == Keys.TYPED ? key : Coercion.toText(key), k -> new ArrayList<>())
            .add(member);
      }
      return keyKind == Keys.OBJECT_KEYS ? numbersFirst(groups) : groups;
    }

    private static Map<@Nullable Object, List<Integer>> numbersFirst(
        Map<@Nullable Object, List<Integer>> groups) {
      Map<@Nullable Object, List<Integer>> ordered = new LinkedHashMap<>();
      groups.keySet().stream()
          .filter(Grouping::isWholeNumber)
          .sorted(Comparator.comparingLong(key -> Long.parseLong(String.valueOf(key))))
          .forEach(key -> ordered.put(key, groups.getOrDefault(key, List.of())));
      groups.forEach(ordered::putIfAbsent);
      return ordered;
    }

    private static boolean isWholeNumber(@Nullable Object key) {
      return key instanceof String text && text.matches("0|[1-9][0-9]{0,8}");
    }

    private void aggregateInto(Map<String, @Nullable Object> json, List<Integer> members) {
      for (Aggregation aggregation : aggregations) {
        List<@Nullable Object> values = new ArrayList<>(members.size());
        for (int member : members) {
          values.add(aggregation.field().get(input.get(member).json()));
        }
        json.put(aggregation.outputName(), aggregation.of(values));
      }
    }
  }

  private enum Function {
    APPEND("append", "appended_"),
    AVERAGE("average", "average_"),
    CONCATENATE("concatenate", "concatenated_"),
    COUNT("count", "count_"),
    COUNT_UNIQUE("countUnique", "unique_count_"),
    MAX("max", "max_"),
    MIN("min", "min_"),
    SUM("sum", "sum_");

    private final String stored;
    private final String prefix;

    Function(String stored, String prefix) {
      this.stored = stored;
      this.prefix = prefix;
    }

    static Function of(@Nullable Object stored) {
      for (Function function : values()) {
        if (function.stored.equals(stored)) {
          return function;
        }
      }
      return COUNT;
    }
  }

  private record Aggregation(
      Function function, FieldPath field, boolean includeEmpty, String separator) {

    String outputName() {
      return function.prefix + field.name().replaceAll("[\\]\\[\"]", "").replaceAll("[ .]", "_");
    }

    @Nullable Object of(List<@Nullable Object> values) {
      return switch (function) {
        case APPEND -> chosen(values);
        case CONCATENATE -> {
          StringJoiner joined = new StringJoiner(separator);
          for (Object value : chosen(values)) {
            joined.add(
                value instanceof Map || value instanceof List
                    ? Json.text(value)
                    : Coercion.toText(value));
          }
          yield joined.toString();
        }
        case COUNT -> (double) chosen(values).size();
        case COUNT_UNIQUE -> (double) new HashSet<>(chosen(values)).size();
        case MAX -> extreme(values, 1);
        case MIN -> extreme(values, -1);
        case SUM -> sum(values);
        case AVERAGE -> {
          long numbers = values.stream().filter(Aggregation::isNumber).count();
          yield numbers == 0 ? null : (Object) (sum(values) / numbers);
        }
      };
    }

    private List<@Nullable Object> chosen(List<@Nullable Object> values) {
      List<@Nullable Object> chosen = new ArrayList<>();
      for (Object value : values) {
        if (includeEmpty || !isEmpty(value)) {
          chosen.add(function == Function.APPEND && value == Undefined.UNDEFINED ? null : value);
        }
      }
      return chosen;
    }

    private static boolean isNumber(@Nullable Object value) {
      return value instanceof Double number && !number.isNaN();
    }

    private static double sum(List<@Nullable Object> values) {
      double sum = 0;
      for (Object value : values) {
        if (isNumber(value)) {
          sum += Coercion.toNumber(value);
        }
      }
      return sum;
    }

    private static @Nullable Object extreme(List<@Nullable Object> values, int direction) {
      Object best = null;
      for (Object value : values) {
        if (!isEmpty(value)
            && (best == null
                || (direction < 0 ? Order.lessThan(value, best) : Order.lessThan(best, value)))) {
          best = value;
        }
      }
      return best;
    }
  }
}
