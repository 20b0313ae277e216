package dev.millrace.nodes.transform;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.StateScope;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Drops items that equal an earlier item of the same input, or whose value was seen in an earlier
 * execution. What was seen is state of the node or of all such nodes of the workflow; see {@link
 * SeenBefore}.
 */
public final class RemoveDuplicates implements KeyedNode {
  private static final String WITHIN_INPUT = "removeDuplicateInputItems";
  private static final String SEEN_BEFORE = "removeItemsSeenInPreviousExecutions";
  private static final String CLEAR = "clearDeduplicationHistory";
  private static final String NEW_VALUE = "removeItemsWithAlreadySeenKeyValues";
  private static final String HIGHER_VALUE = "removeItemsUpToStoredIncrementalKey";
  private static final String LATER_DATE = "removeItemsUpToStoredDate";

  /** What its states are called. */
  private static final String STATE = "remove-duplicates";

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.removeDuplicates")
          .named("Remove Duplicates", "Drops items whose fields equal those of an earlier item.")
          .versions(1, 1.1, 2)
          .properties(properties())
          .build();

  private static List<Property> properties() {
    return List.of(
        Property.options(
                "operation",
                "Operation",
                WITHIN_INPUT,
                Property.option("Remove Items Repeated Within Current Input", WITHIN_INPUT),
                Property.option("Remove Items Processed in Previous Executions", SEEN_BEFORE),
                Property.option("Clear Deduplication History", CLEAR))
            .showWhen("@version", 2)
            .withExtra("noExpression", true),
        compare().showWhen("@version", 1, 1.1),
        compare().showWhen("@version", 2).showWhen("operation", WITHIN_INPUT),
        Property.string("fieldsToExclude", "Fields To Exclude", "")
            .showWhen("compare", "allFieldsExcept"),
        Property.string("fieldsToCompare", "Fields To Compare", "")
            .showWhen("compare", "selectedFields"),
        Property.options(
                "logic",
                "Keep Items Where",
                NEW_VALUE,
                Property.option("Value Is New", NEW_VALUE),
                Property.option("Value Is Higher than Any Previous Value", HIGHER_VALUE),
                Property.option("Value Is a Date Later than Any Previous Date", LATER_DATE))
            .showWhen("@version", 2)
            .showWhen("operation", SEEN_BEFORE)
            .withExtra("noExpression", true),
        Property.string("dedupeValue", "Value to Dedupe On", "")
            .asRequired()
            .showWhen("logic", NEW_VALUE)
            .showWhen("/operation", SEEN_BEFORE),
        Property.of("number", "incrementalDedupeValue", "Value to Dedupe On", "")
            .showWhen("logic", HIGHER_VALUE)
            .showWhen("/operation", SEEN_BEFORE),
        Property.of("dateTime", "dateDedupeValue", "Value to Dedupe On", "")
            .showWhen("logic", LATER_DATE)
            .showWhen("/operation", SEEN_BEFORE),
        Property.options(
                "mode", "Mode", "cleanDatabase", Property.option("Clean Database", "cleanDatabase"))
            .showWhen("@version", 2)
            .showWhen("operation", CLEAR),
        options()
            .showWhen("@version", 1, 1.1)
            .showWhen("compare", "allFieldsExcept", "selectedFields"),
        Property.collection(
                "options",
                "Options",
                Property.bool("disableDotNotation", "Disable Dot Notation", false)
                    .showWhen("/operation", WITHIN_INPUT)
                    .hideWhen("/compare", "allFields"),
                Property.bool("removeOtherFields", "Remove Other Fields", false)
                    .showWhen("/operation", WITHIN_INPUT)
                    .hideWhen("/compare", "allFields"),
                Property.options(
                        "scope",
                        "Scope",
                        "node",
                        Property.option("Workflow", "workflow"),
                        Property.option("Node", "node"))
                    .showWhen("/operation", CLEAR, SEEN_BEFORE),
                Property.number("historySize", "History Size", 10000)
                    .showWhen("/logic", NEW_VALUE)
                    .showWhen("/operation", SEEN_BEFORE))
            .showWhen("@version", 2)
            .showWhen("operation", WITHIN_INPUT, SEEN_BEFORE, CLEAR));
  }

  /** The parameters of comparing within the input. */
  static List<Property> parameters() {
    return List.of(
        compare(),
        Property.string("fieldsToExclude", "Fields To Exclude", "")
            .showWhen("compare", "allFieldsExcept"),
        Property.string("fieldsToCompare", "Fields To Compare", "")
            .showWhen("compare", "selectedFields"),
        options().showWhen("compare", "allFieldsExcept", "selectedFields"));
  }

  private static Property compare() {
    return Property.options(
        "compare",
        "Compare",
        "allFields",
        Property.option("All Fields", "allFields"),
        Property.option("All Fields Except", "allFieldsExcept"),
        Property.option("Selected Fields", "selectedFields"));
  }

  private static Property options() {
    return Property.collection(
        "options",
        "Options",
        Property.bool("disableDotNotation", "Disable Dot Notation", false),
        Property.bool("removeOtherFields", "Remove Other Fields", false));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public @Nullable StateScope scope(NodeCall call) {
    return switch (operation(call)) {
      case SEEN_BEFORE, CLEAR ->
          call.string("options.scope", 0, "node").equals("workflow")
              ? StateScope.ofWorkflow(STATE)
              : StateScope.ofNode(STATE, call);
      default -> null;
    };
  }

  private static String operation(NodeCall call) {
    return call.node().typeVersion() < 2 ? WITHIN_INPUT : call.string("operation", 0, WITHIN_INPUT);
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.of(
        removeDuplicates(call, call.node().typeVersion() > 1 ? Types.SAME_OR_NULL : Types.SAME));
  }

  @Override
  public NodeOutput run(NodeCall call, KeyedState state) {
    if (operation(call).equals(CLEAR)) {
      SeenBefore.clear(state);
      return NodeOutput.of(call.input());
    }
    SeenBefore seen = new SeenBefore(state, call);
    return NodeOutput.of(
        switch (call.string("logic", 0, NEW_VALUE)) {
          case NEW_VALUE -> seen.newValues();
          case HIGHER_VALUE -> seen.higherNumbers();
          case LATER_DATE -> seen.laterDates();
          case String other ->
              throw new NodeException("Remove Duplicates cannot keep items by '" + other + "'");
        });
  }

  /** What types the values of one field may have. */
  enum Types {
    /** All the same; null counts as an object. */
    SAME,
    /** All the same; null is ignored. */
    SAME_OR_NULL,
    /** Any. */
    MIXED
  }

  static List<Item> removeDuplicates(NodeCall call, Types types) {
    List<Item> input = call.input();
    if (input.isEmpty()) {
      return List.of();
    }
    boolean dotNotation = FieldNames.dotNotation(call);
    List<FieldPath> fields = fields(call, dotNotation);
    for (FieldPath field : fields) {
      validate(input, field, types, dotNotation);
    }
    boolean removeOthers =
        !call.string("compare", 0, "allFields").equals("allFields")
            && call.bool("options.removeOtherFields", 0, false);
    List<Item> kept = new ArrayList<>();
    Set<List<@Nullable Object>> seen = new HashSet<>();
    for (int i = 0; i < input.size(); i++) {
      Item item = input.get(i);
      List<@Nullable Object> values = new ArrayList<>(fields.size());
      for (FieldPath field : fields) {
        values.add(field.get(item.json()));
      }
      if (seen.add(values)) {
        Item paired = item.withPairing(Pairing.to(i));
        kept.add(removeOthers ? paired.withJson(only(item.json(), fields)) : paired);
      }
    }
    return kept;
  }

  private static List<FieldPath> fields(NodeCall call, boolean dotNotation) {
    String compare = call.string("compare", 0, "allFields");
    Set<String> names = new LinkedHashSet<>();
    if (compare.equals("selectedFields")) {
      names.addAll(named(call, "fieldsToCompare", "Name at least one field to compare."));
    } else {
      for (Item item : call.input()) {
        if (dotNotation) {
          leaves(item.json(), "", names);
        } else {
          names.addAll(item.json().keySet());
        }
      }
      if (compare.equals("allFieldsExcept")) {
        named(call, "fieldsToExclude", "Name at least one field to leave out of the comparison.")
            .forEach(names::remove);
      }
    }
    return names.stream().map(name -> FieldPath.of(name, dotNotation)).toList();
  }

  private static List<String> named(NodeCall call, String parameter, String advice) {
    List<String> names = FieldNames.list(call, parameter, 0);
    if (names.isEmpty()) {
      throw new NodeException(
          ErrorCode.NODE_FAILED, "No fields specified", -1, advice, Map.of(), null);
    }
    return names;
  }

  /** The paths of all values that hold no others; an empty object has none. */
  private static void leaves(@Nullable Object value, String path, Set<String> names) {
    String prefix = path.isEmpty() ? "" : path + ".";
    if (value instanceof Map<?, ?> object) {
      object.forEach((key, inner) -> leaves(inner, prefix + key, names));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        leaves(list.get(i), prefix + i, names);
      }
    } else {
      names.add(path);
    }
  }

  private static void validate(
      List<Item> input, FieldPath field, Types types, boolean dotNotation) {
    String expected = null;
    for (int i = 0; i < input.size(); i++) {
      Object value = field.get(input.get(i).json());
      if (value == null && types != Types.SAME) {
        continue;
      }
      if (value == Undefined.UNDEFINED) {
        throw new NodeException(
            ErrorCode.NODE_FAILED,
            "'" + field.name() + "' field is missing from some input items",
            i,
            FieldNames.missingAdvice(field.name(), dotNotation),
            Map.of(),
            null);
      }
      String type = typeOf(value);
      if (types != Types.MIXED && expected != null && !expected.equals(type)) {
        throw new NodeException(
            ErrorCode.NODE_FAILED,
            "'" + field.name() + "' isn't always the same type",
            i,
            "It is " + expected + " in one item and " + type + " in another.",
            Map.of(),
            null);
      }
      expected = type;
    }
  }

  private static String typeOf(@Nullable Object value) {
    return switch (value) {
      case String s -> "string";
      case Number n -> "number";
      case Boolean b -> "boolean";
      case null, default -> "object";
    };
  }

  private static Map<String, @Nullable Object> only(
      Map<String, @Nullable Object> json, List<FieldPath> fields) {
    Map<String, @Nullable Object> chosen = new LinkedHashMap<>();
    for (FieldPath field : fields) {
      Object value = field.get(json);
      if (value != Undefined.UNDEFINED) {
        chosen = field.set(chosen, value);
      }
    }
    return chosen;
  }
}
