package dev.millrace.nodes.transform;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.nodes.UserRegex;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives fields other names: named ones first, then all whose name matches a pattern. */
public final class RenameKeys implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.renameKeys")
          .named("Rename Keys", "Changes the names of fields.")
          .properties(
              Property.fixedCollection(
                      "keys",
                      "Keys",
                      Property.group(
                          "key",
                          "Key",
                          Property.string("currentKey", "Current Key Name", ""),
                          Property.string("newKey", "New Key Name", "")))
                  .withTypeOption("multipleValues", true)
                  .withTypeOption("sortable", true),
              Property.collection(
                  "additionalOptions",
                  "Additional Options",
                  Property.fixedCollection(
                          "regexReplacement",
                          "Regex",
                          Property.group(
                              "replacements",
                              "Replacement",
                              Property.string("searchRegex", "Regular Expression", ""),
                              Property.string("replaceRegex", "Replace With", ""),
                              Property.collection(
                                  "options",
                                  "Options",
                                  Property.bool("caseInsensitive", "Case Insensitive", false),
                                  Property.number("depth", "Max Depth", -1))))
                      .withTypeOption("multipleValues", true)
                      .withTypeOption("sortable", true)))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    List<Item> result = new ArrayList<>(call.input().size());
    Map<List<Object>, UserRegex> compiled = new LinkedHashMap<>();
    for (int i = 0; i < call.input().size(); i++) {
      Item item = call.input().get(i);
      Map<String, @Nullable Object> json = item.json();
      for (Object row : call.list("keys.key", i)) {
        json = rename(json, text(row, "currentKey"), text(row, "newKey"));
      }
      for (Object row : call.list("additionalOptions.regexReplacement.replacements", i)) {
        json = replace(json, row, compiled);
      }
      result.add(item.withJson(json).withPairing(Pairing.to(i)));
    }
    return NodeOutput.of(result);
  }

  private static Map<String, @Nullable Object> rename(
      Map<String, @Nullable Object> json, String from, String to) {
    FieldPath current = FieldPath.of(from, true);
    Object value = current.get(json);
    if (from.isEmpty() || to.isEmpty() || from.equals(to) || value == Undefined.UNDEFINED) {
      return json;
    }
    return current.remove(FieldPath.of(to, true).set(json, value));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> replace(
      Map<String, @Nullable Object> json,
      @Nullable Object row,
      Map<List<Object>, UserRegex> compiled) {
    String search = text(row, "searchRegex");
    if (search.isEmpty()) {
      return json;
    }
    Map<?, ?> options =
        row instanceof Map<?, ?> map && map.get("options") instanceof Map<?, ?> given
            ? given
            : Map.of();
    boolean ignoreCase = Coercion.toBoolean(options.get("caseInsensitive"));
    int depth = options.get("depth") instanceof Number number ? number.intValue() : -1;
    String replacement = text(row, "replaceRegex");
    UserRegex regex =
        compiled.computeIfAbsent(
            List.of(search, ignoreCase, replacement),
            key -> UserRegex.of(search, ignoreCase, replacement));
    Object renamed = replaceKeys(json, regex, depth);
    return (Map<String, @Nullable Object>) java.util.Objects.requireNonNull(renamed);
  }

  /**
   * @param depth levels below this one that are renamed too; negative for all
   */
  private static @Nullable Object replaceKeys(@Nullable Object value, UserRegex regex, int depth) {
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>(list.size());
      for (Object element : list) {
        copy.add(depth == 0 ? element : replaceKeys(element, regex, depth - 1));
      }
      return copy;
    }
    if (value instanceof Map<?, ?> object) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      object.forEach((key, inner) ->
          copy.put(
              regex.replaceAll(String.valueOf(key)),
              depth == 0 ? inner : replaceKeys(inner, regex, depth - 1)));
      return copy;
    }
    return value;
  }

  private static String text(@Nullable Object row, String key) {
    Object value = row instanceof Map<?, ?> map ? map.get(key) : null;
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }
}
