package dev.millrace.nodes.transform;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
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
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Gathers all items into one: a list per field, or one list of the items' data. */
public final class Aggregate implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.aggregate")
          .named("Aggregate", "Combines fields of many items into lists in a single item.")
          .properties(parameters())
          .build();

  static List<Property> parameters() {
    return List.of(
        Property.options(
            "aggregate",
            "Aggregate",
            "aggregateIndividualFields",
            Property.option("Individual Fields", "aggregateIndividualFields"),
            Property.option("All Item Data (Into a Single List)", "aggregateAllItemData")),
        Property.fixedCollection(
                "fieldsToAggregate",
                "Fields To Aggregate",
                Property.group(
                    "fieldToAggregate",
                    "",
                    Property.string("fieldToAggregate", "Input Field Name", ""),
                    Property.bool("renameField", "Rename Field", false),
                    Property.string("outputFieldName", "Output Field Name", "")
                        .showWhen("renameField", true)))
            .withDefault(
                Map.of(
                    "fieldToAggregate",
                    List.of(Map.of("fieldToAggregate", "", "renameField", false))))
            .showWhen("aggregate", "aggregateIndividualFields")
            .withTypeOption("multipleValues", true),
        Property.string("destinationFieldName", "Put Output in Field", "data")
            .showWhen("aggregate", "aggregateAllItemData"),
        Property.options(
                "include",
                "Include",
                "allFields",
                Property.option("All Fields", "allFields"),
                Property.option("Specified Fields", "specifiedFields"),
                Property.option("All Fields Except", "allFieldsExcept"))
            .showWhen("aggregate", "aggregateAllItemData"),
        Property.string("fieldsToExclude", "Fields To Exclude", "")
            .showWhen("aggregate", "aggregateAllItemData")
            .showWhen("include", "allFieldsExcept"),
        Property.string("fieldsToInclude", "Fields To Include", "")
            .showWhen("aggregate", "aggregateAllItemData")
            .showWhen("include", "specifiedFields"),
        Property.collection(
            "options",
            "Options",
            Property.bool("disableDotNotation", "Disable Dot Notation", false)
                .hideWhen("/aggregate", "aggregateAllItemData"),
            Property.bool("mergeLists", "Merge Lists", false)
                .hideWhen("/aggregate", "aggregateAllItemData"),
            Property.bool("includeBinaries", "Include Binaries", false),
            Property.bool("keepOnlyUnique", "Keep Only Unique Binaries", false)
                .showWhen("includeBinaries", true),
            Property.bool("keepMissing", "Keep Missing And Null Values", false)
                .hideWhen("/aggregate", "aggregateAllItemData")));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.of(aggregate(call, false));
  }

  /**
   * @param strict whether a field that no item has is an error, as in Item Lists before 2.1
   */
  static List<Item> aggregate(NodeCall call, boolean strict) {
    boolean wholeItems =
        call.string("aggregate", 0, "aggregateIndividualFields").equals("aggregateAllItemData");
    Map<String, @Nullable Object> json = wholeItems ? wholeItems(call) : fields(call, strict);
    Item item =
        Item.of(json)
            .withPairing(
                Pairing.to(
                    IntStream.range(0, call.input().size()).mapToObj(PairedItem::of).toList()));
    if (call.bool("options.includeBinaries", 0, false)) {
      item = item.withBinary(files(call));
    }
    return List.of(item);
  }

  private static Map<String, @Nullable Object> fields(NodeCall call, boolean strict) {
    List<?> rows = call.list("fieldsToAggregate.fieldToAggregate", 0);
    if (rows.isEmpty()) {
      throw failure("No fields specified", "Name at least one field to aggregate.");
    }
    boolean dotNotation = FieldNames.dotNotation(call);
    boolean mergeLists = call.bool("options.mergeLists", 0, false);
    boolean keepMissing = call.bool("options.keepMissing", 0, false);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Set<String> used = new HashSet<>();
    for (Object row : rows) {
      String name = text(row, "fieldToAggregate");
      boolean renamed = row instanceof Map<?, ?> map && Coercion.toBoolean(map.get("renameField"));
      if (name.isBlank()) {
        throw failure("Field to aggregate is blank", "Name a field to aggregate.");
      }
      FieldPath field = FieldPath.of(name, dotNotation);
      String output = renamed ? text(row, "outputFieldName") : "";
      output = output.isEmpty() ? field.last() : output;
      if (!used.add(output)) {
        throw failure(
            "The '" + output + "' output field is used more than once",
            "Give each output field a name of its own.");
      }
      if (strict
          && call.input().stream()
              .allMatch(item -> field.get(item.json()) == Undefined.UNDEFINED)) {
        throw SplitOut.missing(name, -1, dotNotation);
      }
      json =
          FieldPath.of(output, dotNotation).set(json, values(call, field, mergeLists, keepMissing));
    }
    return json;
  }

  private static List<@Nullable Object> values(
      NodeCall call, FieldPath field, boolean mergeLists, boolean keepMissing) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Item item : call.input()) {
      Object value = field.get(item.json());
      value = value == Undefined.UNDEFINED ? null : value;
      if (value instanceof List<?> list) {
        List<?> kept = keepMissing ? list : list.stream().filter(Objects::nonNull).toList();
        if (mergeLists) {
          values.addAll(kept);
        } else {
          values.add(kept);
        }
      } else if (value != null || keepMissing) {
        values.add(value);
      }
    }
    return values;
  }

  private static Map<String, @Nullable Object> wholeItems(NodeCall call) {
    String include = call.string("include", 0, "allFields");
    List<@Nullable Object> data = new ArrayList<>();
    if (include.equals("allFields")) {
      call.input().forEach(item -> data.add(item.json()));
    } else {
      boolean except = include.equals("allFieldsExcept");
      List<String> names = FieldNames.list(call, except ? "fieldsToExclude" : "fieldsToInclude", 0);
      if (names.isEmpty()) {
        throw failure(
            "No fields specified",
            except ? "Name at least one field to leave out." : "Name at least one field to keep.");
      }
      Set<String> chosen = Set.copyOf(names);
      for (Item item : call.input()) {
        Map<String, @Nullable Object> kept = new LinkedHashMap<>(item.json());
        kept.keySet().removeIf(key -> chosen.contains(key) == except);
        if (!kept.isEmpty()) {
          data.add(kept);
        }
      }
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put(call.string("destinationFieldName", 0, "data"), data);
    return json;
  }

  private static Map<String, BinaryData> files(NodeCall call) {
    boolean uniqueOnly = call.bool("options.keepOnlyUnique", 0, false);
    Map<String, BinaryData> files = new LinkedHashMap<>();
    Set<List<@Nullable Object>> seen = new HashSet<>();
    for (Item item : call.input()) {
      item.binary()
          .forEach((key, file) -> {
            if (!uniqueOnly || seen.add(traits(file))) {
              String free = key;
              for (int n = 1; files.containsKey(free); n++) {
                free = key + "_" + n;
              }
              files.put(free, file);
            }
          });
    }
    return files;
  }

  /** Files that agree in these count as the same file; contents are not compared. */
  private static List<@Nullable Object> traits(BinaryData file) {
    List<@Nullable Object> traits = new ArrayList<>();
    traits.add(file.mimeType());
    traits.add(file.fileType());
    traits.add(file.fileSize());
    traits.add(file.fileExtension());
    return traits;
  }

  private static String text(@Nullable Object row, String key) {
    return row instanceof Map<?, ?> map && map.get(key) instanceof String text ? text : "";
  }

  private static NodeException failure(String message, String advice) {
    return new NodeException(ErrorCode.NODE_FAILED, message, -1, advice, Map.of(), null);
  }
}
