package dev.millrace.nodes.transform;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes one item of each element of a list, or of each value of an object. Several fields are split
 * side by side: the n-th elements of all of them share the n-th item.
 */
public final class SplitOut implements TransformNode {
  /** More output items than this are an error, not an exhausted heap. */
  private static final int MAX_ITEMS = 1_000_000;

  /** The pseudo field that stands for the item's files. */
  private static final String FILES = "$binary";

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.splitOut")
          .named("Split Out", "Turns each element of a list inside an item into an item.")
          .properties(parameters())
          .build();

  static List<Property> parameters() {
    return List.of(
        Property.string("fieldToSplitOut", "Fields To Split Out", "").asRequired(),
        Property.options(
            "include",
            "Include",
            "noOtherFields",
            Property.option("No Other Fields", "noOtherFields"),
            Property.option("All Other Fields", "allOtherFields"),
            Property.option("Selected Other Fields", "selectedOtherFields")),
        Property.string("fieldsToInclude", "Fields To Include", "")
            .showWhen("include", "selectedOtherFields"),
        Property.collection(
            "options",
            "Options",
            Property.bool("disableDotNotation", "Disable Dot Notation", false),
            Property.string("destinationFieldName", "Destination Field Name", ""),
            Property.bool("includeBinary", "Include Binary", false)));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.of(split(call, false));
  }

  /**
   * @param strict whether a field that is missing or holds no list is an error, as in Item Lists
   *     before 2.1
   */
  static List<Item> split(NodeCall call, boolean strict) {
    List<Item> result = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      splitItem(call, i, strict, result);
      if (result.size() > MAX_ITEMS) {
        throw new NodeException(
            ErrorCode.BATCH_TOO_LARGE,
            "Splitting makes more than " + MAX_ITEMS + " items",
            i,
            null,
            Map.of(),
            null);
      }
    }
    return result;
  }

  private static void splitItem(NodeCall call, int index, boolean strict, List<Item> result) {
    Item item = call.input().get(index);
    boolean dotNotation = !call.bool("options.disableDotNotation", index, false);
    List<FieldPath> fields =
        FieldNames.list(call, "fieldToSplitOut", index).stream()
            .map(name -> name.startsWith("$json.") ? name.substring(6) : name)
            .map(name -> FieldPath.of(name, dotNotation))
            .toList();
    List<String> targets = targets(call, index, fields);
    Include include = Include.of(call, index);

    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    List<Map<String, BinaryData>> files = new ArrayList<>();
    for (int f = 0; f < fields.size(); f++) {
      FieldPath field = fields.get(f);
      if (field.name().equals(FILES)) {
        int row = 0;
        for (Map.Entry<String, BinaryData> file : item.binary().entrySet()) {
          at(rows, row);
          at(files, row++).put(file.getKey(), file.getValue());
        }
        continue;
      }
      int row = 0;
      for (Object element : elements(item, field, index, strict, dotNotation)) {
        Map<String, @Nullable Object> json = at(rows, row++);
        if (element instanceof Map<?, ?> object
            && include == Include.NONE
            && targets.isEmpty()
            && fields.size() == 1) {
          object.forEach((key, value) -> json.put(String.valueOf(key), value));
        } else {
          json.put(targets.isEmpty() ? field.name() : targets.get(f), element);
        }
      }
    }

    Map<String, @Nullable Object> others = others(call, index, item, fields, include, dotNotation);
    boolean keepFiles = call.bool("options.includeBinary", index, false);
    for (int row = 0; row < rows.size(); row++) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>(others);
      json.putAll(rows.get(row));
      Item made = Item.of(json).withPairing(Pairing.to(index));
      if (row < files.size() && !files.get(row).isEmpty()) {
        made = made.withBinary(files.get(row));
      } else if (keepFiles && !item.binary().isEmpty()) {
        made = made.withBinary(item.binary());
      }
      result.add(made);
    }
  }

  private static List<String> targets(NodeCall call, int index, List<FieldPath> fields) {
    String written = call.string("options.destinationFieldName", index, "");
    List<String> targets =
        Arrays.stream(written.split(",", -1)).map(String::strip).filter(t -> !t.isEmpty()).toList();
    if (!targets.isEmpty() && targets.size() != fields.size()) {
      throw new NodeException(
          ErrorCode.NODE_FAILED,
          "If multiple fields to split out are given, the same number of destination fields must"
              + " be given",
          index,
          "There are " + fields.size() + " fields and " + targets.size() + " destinations.",
          Map.of(),
          null);
    }
    return targets;
  }

  private static Collection<?> elements(
      Item item, FieldPath field, int index, boolean strict, boolean dotNotation) {
    Object value = field.get(item.json());
    if (value == Undefined.UNDEFINED) {
      if (strict) {
        throw missing(field.name(), index, dotNotation);
      }
      return List.of();
    }
    return switch (value) {
      case List<?> list -> list;
      case null, default -> {
        if (strict) {
          throw new NodeException(
              "The provided field '" + field.name() + "' is not an array", index);
        }
        yield value instanceof Map<?, ?> object ? object.values() : Arrays.asList(value);
      }
    };
  }

  static NodeException missing(String field, int index, boolean dotNotation) {
    return new NodeException(
        ErrorCode.NODE_FAILED,
        "Couldn't find the field '" + field + "' in the input data",
        index,
        FieldNames.missingAdvice(field, dotNotation),
        Map.of(),
        null);
  }

  private static Map<String, @Nullable Object> others(
      NodeCall call,
      int index,
      Item item,
      List<FieldPath> fields,
      Include include,
      boolean dotNotation) {
    return switch (include) {
      case NONE -> Map.of();
      case ALL -> {
        Map<String, @Nullable Object> rest = item.json();
        for (FieldPath field : fields) {
          rest = field.remove(rest);
        }
        yield rest;
      }
      case SELECTED -> {
        List<String> names = FieldNames.list(call, "fieldsToInclude", index);
        if (names.isEmpty()) {
          throw new NodeException(
              ErrorCode.NODE_FAILED,
              "No fields specified",
              index,
              "Name at least one field to include.",
              Map.of(),
              null);
        }
        Map<String, @Nullable Object> chosen = new LinkedHashMap<>();
        for (String name : names) {
          Object value = FieldPath.of(name, dotNotation).get(item.json());
          if (value != Undefined.UNDEFINED
              && fields.stream().noneMatch(field -> field.name().equals(name))) {
            chosen.put(name, value);
          }
        }
        yield chosen;
      }
    };
  }

  private static <V extends @Nullable Object> Map<String, V> at(
      List<Map<String, V>> rows, int row) {
    while (rows.size() <= row) {
      rows.add(new LinkedHashMap<>());
    }
    return rows.get(row);
  }

  private enum Include {
    NONE,
    ALL,
    SELECTED;

    static Include of(NodeCall call, int index) {
      return switch (call.string("include", index, "noOtherFields")) {
        case "allOtherFields" -> ALL;
        case "selectedOtherFields" -> SELECTED;
        default -> NONE;
      };
    }
  }
}
