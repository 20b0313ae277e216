package dev.millrace.nodes.transform;

import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.parameter.LenientJson;
import dev.millrace.parameter.TypeValidation;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Edit Fields (Set): adds, changes and drops fields of each item. */
public final class EditFields implements TransformNode {
  /** How many copies of an item a manual run may ask for. */
  private static final int MAX_DUPLICATES = 10_000;

  private static final Object[] VERSIONS_1_2 = {1, 2};
  private static final Object[] VERSIONS_3_TO_3_2 = {3, 3.1, 3.2};
  private static final Object[] VERSIONS_BEFORE_3_4 = {1, 2, 3, 3.1, 3.2, 3.3};
  private static final Object[] VERSIONS_BEFORE_3_3 = {1, 2, 3, 3.1, 3.2};

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.set")
          .named("Edit Fields (Set)", "Adds, changes or removes fields of each item.")
          .group("input")
          .versions(1, 2, 3, 3.1, 3.2, 3.3, 3.4, 3.5)
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return call.node().typeVersion() < 3 ? runTypedLists(call) : runFields(call);
  }

  // Versions 1 and 2: one list of values per type.

  private static NodeOutput runTypedLists(NodeCall call) {
    List<Item> output = new ArrayList<>(call.input().size());
    for (int i = 0; i < call.input().size(); i++) {
      output.add(withTypedLists(call, call.input().get(i), i));
    }
    return NodeOutput.of(output);
  }

  private static Item withTypedLists(NodeCall call, Item item, int index) {
    boolean keepOnlySet = call.bool("keepOnlySet", index, false);
    boolean dotNotation = option(call, index, "dotNotation", true);
    Map<String, @Nullable Object> json =
        keepOnlySet ? new LinkedHashMap<>() : new LinkedHashMap<>(item.json());
    Map<String, @Nullable Object> values = call.object("values", index);
    for (String type : List.of("boolean", "number", "string")) {
      for (Map<String, @Nullable Object> entry : entries(values.get(type))) {
        Object value = entry.get("value");
        if (type.equals("number") && call.node().typeVersion() >= 2 && !(value instanceof Double)) {
          value = Coercion.toNumber(value);
        }
        write(json, text(entry.get("name")), value, dotNotation);
      }
    }
    Item result = item.withJson(json).withPairing(Pairing.to(index)).withError(null);
    return keepOnlySet ? result.withBinary(Map.of()) : result;
  }

  // Versions 3 and later: a list of named, typed values, or one JSON object.

  private static NodeOutput runFields(NodeCall call) {
    int copies = duplicates(call);
    List<Item> output = new ArrayList<>(call.input().size() * (copies + 1));
    for (int i = 0; i < call.input().size(); i++) {
      Item item = edited(call, call.input().get(i), i);
      for (int copy = 0; copy <= copies; copy++) {
        output.add(item);
      }
    }
    return NodeOutput.of(output);
  }

  private static int duplicates(NodeCall call) {
    // Duplicates are test data: a production run never makes them.
    if (!call.execution().mode().isManual() || !call.bool("duplicateItem", 0, false)) {
      return 0;
    }
    double count = call.number("duplicateCount", 0, 0);
    if (count > MAX_DUPLICATES) {
      throw new NodeException("An item can be duplicated at most " + MAX_DUPLICATES + " times.");
    }
    return Math.max(0, (int) count);
  }

  private static Item edited(NodeCall call, Item item, int index) {
    try {
      Fields fields =
          call.string("mode", index, "manual").equals("raw")
              ? new Fields(rawObject(call, index), Map.of())
              : assigned(call, item, index);
      return compose(call, item, index, fields);
    } catch (MillraceException failed) {
      if (!call.continueOnFail()) {
        throw failed;
      }
      return Item.of(Map.of("error", failed.text())).withPairing(Pairing.to(index));
    }
  }

  private record Fields(Map<String, @Nullable Object> json, Map<String, BinaryData> binary) {}

  private static Map<String, @Nullable Object> rawObject(NodeCall call, int index) {
    Object stored = call.rawParameter("jsonOutput");
    if (stored instanceof String text && text.startsWith("=")) {
      return object(resolveBlocks(call, text.replaceFirst("^=+", ""), index), "JSON Output", index);
    }
    return object(call.parameter("jsonOutput", index), "JSON Output", index);
  }

  /**
   * Replaces each expression block of a JSON text by its value; objects and lists as JSON, so that
   * the text stays JSON.
   */
  private static String resolveBlocks(NodeCall call, String text, int index) {
    StringBuilder resolved = new StringBuilder();
    int from = 0;
    while (true) {
      int start = text.indexOf("{{", from);
      int end = start < 0 ? -1 : text.indexOf("}}", start + 2);
      if (end < 0) {
        return resolved.append(text, from, text.length()).toString();
      }
      Object value = call.evaluate("=" + text.substring(start, end + 2), index);
      resolved
          .append(text, from, start)
          .append(isStructure(value) ? Json.text(value) : Coercion.toText(value));
      from = end + 2;
    }
  }

  private static Map<String, @Nullable Object> object(
      @Nullable Object value, String name, int index) {
    Object parsed = value;
    if (value instanceof String text) {
      try {
        parsed = LenientJson.repaired(text);
      } catch (MillraceException notJson) {
        throw new NodeException(
            "The '" + name + "' in item " + index + " contains invalid JSON", index);
      }
    }
    if (!(parsed instanceof Map<?, ?>)) {
      throw new NodeException(
          "The '" + name + "' in item " + index + " does not contain a valid JSON object", index);
    }
    return asObject(parsed);
  }

  /**
   * The assignments of a stored node of version 3.3 or later.
   *
   * @param fixed each with a name and type that are no expressions, as the editor writes them; null
   *     where one is different
   */
  private record Assignments(@Nullable List<Assignment> fixed) {
    static Assignments of(NodeCall call) {
      List<Assignment> fixed = new ArrayList<>();
      if (!(call.rawParameter("assignments.assignments") instanceof List<?> stored)) {
        return new Assignments(null);
      }
      for (Object each : stored) {
        if (each instanceof Map<?, ?> assignment
            && assignment.get("name") instanceof String name
            && assignment.get("type") instanceof String type
            && assignment.containsKey("value")
            && !name.startsWith("=")
            && !type.startsWith("=")) {
          fixed.add(
              new Assignment(name, type, "assignments.assignments." + fixed.size() + ".value"));
        } else {
          return new Assignments(null);
        }
      }
      return new Assignments(List.copyOf(fixed));
    }
  }

  private record Assignment(String name, String type, String valuePath) {}

  private static Fields assigned(NodeCall call, Item item, int index) {
    boolean collection = call.node().typeVersion() >= 3.3;
    if (collection) {
      List<Assignment> fixed =
          call.derived("assignments", Assignments.class, () -> Assignments.of(call)).fixed();
      if (fixed != null) {
        return assigned(call, item, index, fixed);
      }
    }
    List<Map<String, @Nullable Object>> entries =
        entries(
            collection
                ? call.object("assignments", index).get("assignments")
                : call.object("fields", index).get("values"));
    boolean ignoreErrors = option(call, index, "ignoreConversionErrors", false);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Map<String, BinaryData> binary = new LinkedHashMap<>();
    for (int entry = 0; entry < entries.size(); entry++) {
      Map<String, @Nullable Object> field = entries.get(entry);
      String name = text(field.get("name"));
      if (collection) {
        String type = field.get("type") instanceof String given ? given : "string";
        Object value = field.containsKey("value") ? field.get("value") : Undefined.UNDEFINED;
        if (type.equals("binary")) {
          binary.put(name, file(item, name, value, index));
        } else {
          json.put(name, converted(call, name, type, value, ignoreErrors, index));
        }
      } else {
        String member = field.get("type") instanceof String given ? given : "stringValue";
        Object value = fieldValue(call, member, entry, field, index);
        String type = member.replaceFirst("Value$", "");
        json.put(name, converted(call, name, type, value, ignoreErrors, index));
      }
    }
    return new Fields(json, binary);
  }

  private static Fields assigned(
      NodeCall call, Item item, int index, List<Assignment> assignments) {
    boolean ignoreErrors = option(call, index, "ignoreConversionErrors", false);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Map<String, BinaryData> binary = Map.of();
    for (Assignment assignment : assignments) {
      String name = assignment.name();
      Object value = call.parameter(assignment.valuePath(), index);
      if (assignment.type().equals("binary")) {
        binary = binary.isEmpty() ? new LinkedHashMap<>() : binary;
        binary.put(name, file(item, name, value, index));
      } else {
        json.put(name, converted(call, name, assignment.type(), value, ignoreErrors, index));
      }
    }
    return new Fields(json, binary);
  }

  private static @Nullable Object fieldValue(
      NodeCall call, String member, int entry, Map<String, @Nullable Object> field, int index) {
    if (member.equals("objectValue")
        && call.rawParameter("fields.values") instanceof List<?> stored
        && entry < stored.size()
        && stored.get(entry) instanceof Map<?, ?> raw
        && raw.get(member) instanceof String text
        && text.startsWith("=")) {
      String json = resolveBlocks(call, text.replaceFirst("^=+", ""), index);
      return object(json, text(field.get("name")), index);
    }
    Object fallback = member.equals("booleanValue") ? "true" : "";
    return field.getOrDefault(member, fallback);
  }

  private static BinaryData file(Item item, String name, @Nullable Object value, int index) {
    BinaryData file = value instanceof String property ? item.binary().get(property) : null;
    if (file == null) {
      throw new NodeException("Could not find binary data specified in field " + name, index);
    }
    return file;
  }

  private static @Nullable Object converted(
      NodeCall call,
      String name,
      String type,
      @Nullable Object value,
      boolean ignoreErrors,
      int index) {
    double version = call.node().typeVersion();
    if (version >= 3.2 && Undefined.orNull(value)) {
      return null;
    }
    if (type.equals("string")) {
      if (version > 3 && Undefined.orNull(value)) {
        return null;
      }
      return isStructure(value) ? Json.text(value) : Coercion.toText(value);
    }
    TypeValidation.Rules rules = TypeValidation.Rules.LOOSE.in(call.execution().zone());
    return switch (TypeValidation.validate(name, value, type, rules)) {
      case TypeValidation.Result.Valid(Object valid) -> Undefined.orNull(valid) ? null : valid;
      case TypeValidation.Result.Invalid(String message) -> {
        if (!ignoreErrors) {
          throw new NodeException(message + " [item " + index + "]", index);
        }
        yield value;
      }
    };
  }

  private static Item compose(NodeCall call, Item item, int index, Fields fields) {
    boolean dotNotation = option(call, index, "dotNotation", true);
    String include = include(call, index);
    Map<String, @Nullable Object> json =
        switch (include) {
          case "all" -> new LinkedHashMap<>(item.json());
          case "selected" -> selected(item, names(call, "includeFields", index), dotNotation);
          case "except" -> without(item, names(call, "excludeFields", index), dotNotation);
          default -> new LinkedHashMap<>();
        };
    fields.json().forEach((name, value) -> write(json, name, value, dotNotation));
    Map<String, BinaryData> binary = keepsBinary(call, index, include) ? item.binary() : Map.of();
    if (!fields.binary().isEmpty()) {
      binary = new LinkedHashMap<>(binary);
      binary.putAll(fields.binary());
    }
    return Item.of(json).withBinary(binary).withPairing(Pairing.to(index));
  }

  private static String include(NodeCall call, int index) {
    if (call.node().typeVersion() >= 3.3 && !call.bool("includeOtherFields", index, false)) {
      return "none";
    }
    return call.string("include", index, "all");
  }

  private static boolean keepsBinary(NodeCall call, int index, String include) {
    return call.node().typeVersion() >= 3.4
        ? !include.equals("none") && !option(call, index, "stripBinary", false)
        : option(call, index, "includeBinary", false);
  }

  private static Map<String, @Nullable Object> selected(
      Item item, List<String> names, boolean dotNotation) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (String name : names) {
      if (dotNotation) {
        PropertyPath.set(json, name, PropertyPath.get(item.json(), name));
      } else if (item.json().containsKey(name)) {
        json.put(name, item.json().get(name));
      }
    }
    return json;
  }

  private static Map<String, @Nullable Object> without(
      Item item, List<String> names, boolean dotNotation) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
    for (String name : names) {
      if (dotNotation) {
        PropertyPath.remove(json, name);
      } else {
        json.remove(name);
      }
    }
    return json;
  }

  private static void write(
      Map<String, @Nullable Object> json,
      String name,
      @Nullable Object value,
      boolean dotNotation) {
    if (dotNotation) {
      PropertyPath.set(json, name, value);
    } else if (value != Undefined.UNDEFINED) {
      json.put(name, value);
    }
  }

  private static List<String> names(NodeCall call, String parameter, int index) {
    return Arrays.stream(call.string(parameter, index, "").split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private static boolean option(NodeCall call, int index, String name, boolean fallback) {
    Object value = call.object("options", index).get(name);
    return Undefined.orNull(value) ? fallback : Coercion.toBoolean(value);
  }

  private static boolean isStructure(@Nullable Object value) {
    return value instanceof Map<?, ?> || value instanceof List<?>;
  }

  private static String text(@Nullable Object value) {
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }

  private static List<Map<String, @Nullable Object>> entries(@Nullable Object list) {
    List<Map<String, @Nullable Object>> entries = new ArrayList<>();
    if (list instanceof List<?> elements) {
      for (Object element : elements) {
        if (element instanceof Map<?, ?>) {
          entries.add(asObject(element));
        }
      }
    }
    return entries;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> asObject(Object map) {
    return (Map<String, @Nullable Object>) map;
  }

  private static List<Property> properties() {
    return List.of(
        Property.options(
                "mode",
                "Mode",
                "manual",
                Property.option("Manual Mapping", "manual"),
                Property.option("JSON", "raw"))
            .withExtra("noExpression", true)
            .hideWhen("@version", VERSIONS_1_2),
        Property.bool("duplicateItem", "Duplicate Item", false)
            .withExtra("isNodeSetting", true)
            .hideWhen("@version", VERSIONS_1_2),
        Property.number("duplicateCount", "Duplicate Item Count", 0)
            .showWhen("duplicateItem", true)
            .withTypeOption("minValue", 0)
            .withExtra("isNodeSetting", true)
            .hideWhen("@version", VERSIONS_1_2),
        Property.of("json", "jsonOutput", "JSON", "{\n  \"name\": \"value\"\n}")
            .showWhen("mode", "raw")
            .withTypeOption("rows", 5)
            .withExtra("validateType", "object")
            .hideWhen("@version", VERSIONS_1_2),
        Property.fixedCollection(
                "fields",
                "Fields to Set",
                Property.group(
                    "values",
                    "Values",
                    Property.string("name", "Name", ""),
                    Property.options(
                        "type",
                        "Type",
                        "stringValue",
                        Property.option("String", "stringValue"),
                        Property.option("Number", "numberValue"),
                        Property.option("Boolean", "booleanValue"),
                        Property.option("Array", "arrayValue"),
                        Property.option("Object", "objectValue")),
                    Property.string("stringValue", "Value", "").showWhen("type", "stringValue"),
                    Property.string("numberValue", "Value", "").showWhen("type", "numberValue"),
                    Property.options(
                            "booleanValue",
                            "Value",
                            "true",
                            Property.option("True", "true"),
                            Property.option("False", "false"))
                        .showWhen("type", "booleanValue"),
                    Property.string("arrayValue", "Value", "").showWhen("type", "arrayValue"),
                    Property.of("json", "objectValue", "Value", "={}")
                        .showWhen("type", "objectValue")))
            .withTypeOption("multipleValues", true)
            .showWhen("mode", "manual")
            .showWhen("@version", VERSIONS_3_TO_3_2),
        Property.of("assignmentCollection", "assignments", "Fields to Set", Map.of())
            .showWhen("mode", "manual")
            .hideWhen("@version", VERSIONS_BEFORE_3_3),
        Property.options(
                "include",
                "Include in Output",
                "all",
                Property.option("All Input Fields", "all"),
                Property.option("No Input Fields", "none"),
                Property.option("Selected Input Fields", "selected"),
                Property.option("All Input Fields Except", "except"))
            .showWhen("@version", VERSIONS_3_TO_3_2),
        Property.bool("includeOtherFields", "Include Other Input Fields", false)
            .hideWhen("@version", VERSIONS_BEFORE_3_3),
        Property.options(
                "include",
                "Input Fields to Include",
                "all",
                Property.option("All", "all"),
                Property.option("Selected", "selected"),
                Property.option("All Except", "except"))
            .hideWhen("/includeOtherFields", false)
            .hideWhen("@version", VERSIONS_BEFORE_3_3),
        Property.string("includeFields", "Fields to Include", "")
            .showWhen("include", "selected")
            .showWhen("@version", VERSIONS_3_TO_3_2),
        Property.string("includeFields", "Fields to Include", "")
            .showWhen("include", "selected")
            .showWhen("/includeOtherFields", true)
            .hideWhen("@version", VERSIONS_BEFORE_3_3),
        Property.string("excludeFields", "Fields to Exclude", "")
            .showWhen("include", "except")
            .showWhen("@version", VERSIONS_3_TO_3_2),
        Property.string("excludeFields", "Fields to Exclude", "")
            .showWhen("include", "except")
            .showWhen("/includeOtherFields", true)
            .hideWhen("@version", VERSIONS_BEFORE_3_3),
        Property.bool("keepOnlySet", "Keep Only Set", false).showWhen("@version", VERSIONS_1_2),
        Property.fixedCollection(
                "values",
                "Values to Set",
                Property.group(
                    "boolean",
                    "Boolean",
                    Property.string("name", "Name", "propertyName"),
                    Property.bool("value", "Value", false)),
                Property.group(
                    "number",
                    "Number",
                    Property.string("name", "Name", "propertyName"),
                    Property.number("value", "Value", 0)),
                Property.group(
                    "string",
                    "String",
                    Property.string("name", "Name", "propertyName"),
                    Property.string("value", "Value", "")))
            .withTypeOption("multipleValues", true)
            .showWhen("@version", VERSIONS_1_2),
        Property.collection(
            "options",
            "Options",
            Property.bool("includeBinary", "Include Binary File", true)
                .showWhen("@version", VERSIONS_BEFORE_3_4)
                .hideWhen("@version", VERSIONS_1_2),
            Property.bool("stripBinary", "Strip Binary Data", true)
                .showWhen("/includeOtherFields", true)
                .hideWhen("@version", VERSIONS_BEFORE_3_4),
            Property.bool("ignoreConversionErrors", "Ignore Type Conversion Errors", false)
                .showWhen("/mode", "manual")
                .hideWhen("@version", VERSIONS_1_2),
            Property.bool("dotNotation", "Support Dot Notation", true)));
  }
}
