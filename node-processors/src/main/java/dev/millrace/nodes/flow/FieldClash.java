package dev.millrace.nodes.flow;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happens when items that become one have fields of the same name.
 *
 * @param resolve {@code preferInput1}, {@code preferInput2} …, {@code preferLast}, {@code
 *     addSuffix}, or empty when the workflow does not say
 * @param deep whether objects and lists inside of fields are merged too
 * @param skipEmpty whether a null or empty value leaves what another input has
 */
record FieldClash(String resolve, boolean deep, boolean skipEmpty) {
  static FieldClash of(Map<String, @Nullable Object> options) {
    Map<?, ?> values =
        options.get("clashHandling") instanceof Map<?, ?> clash
                && clash.get("values") instanceof Map<?, ?> given
            ? given
            : Map.of();
    return new FieldClash(
        values.get("resolveClash") instanceof String resolve ? resolve : "",
        !"shallowMerge".equals(values.get("mergeMode")),
        Boolean.TRUE.equals(values.get("overrideEmpty")));
  }

  boolean addsSuffix() {
    return resolve.equals("addSuffix");
  }

  /** Index of the input whose values win, -1 when the workflow names none. */
  int preferredInput() {
    String number = resolve.startsWith("preferInput") ? resolve.substring(11) : "";
    return number.length() == 1 || number.equals("10") ? Integer.parseInt(number) - 1 : -1;
  }

  /** The item with the input's number behind each field name, or as it is without suffixes. */
  Item suffixed(Item item, int input) {
    if (!addsSuffix()) {
      return item;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    item.json().forEach((key, value) -> json.put(key + "_" + (input + 1), value));
    return item.withJson(json);
  }

  List<Item> suffixed(List<Item> items, int input) {
    return addsSuffix() ? items.stream().map(item -> suffixed(item, input)).toList() : items;
  }

  /** One item of several; later ones win. Its lineage is left open. */
  Item merged(List<Item> items) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Map<String, BinaryData> binary = new LinkedHashMap<>();
    for (Item item : items) {
      mergeInto(json, item.json());
      binary.putAll(item.binary());
    }
    return Item.of(json).withBinary(binary);
  }

  private void mergeInto(Map<String, @Nullable Object> target, Map<?, ?> source) {
    source.forEach((name, value) -> {
      String key = String.valueOf(name);
      if (!target.containsKey(key)) {
        target.put(key, value);
      } else if (!skipEmpty || !isEmpty(value)) {
        target.put(key, deep ? mergedValue(target.get(key), value) : value);
      }
    });
  }

  private @Nullable Object mergedValue(@Nullable Object target, @Nullable Object source) {
    if (target instanceof Map<?, ?> a && source instanceof Map<?, ?> b) {
      Map<String, @Nullable Object> merged = new LinkedHashMap<>();
      a.forEach((key, value) -> merged.put(String.valueOf(key), value));
      mergeInto(merged, b);
      return merged;
    }
    if (target instanceof List<?> a && source instanceof List<?> b) {
      List<@Nullable Object> merged = new ArrayList<>(a);
      for (int i = 0; i < b.size(); i++) {
        if (i >= merged.size()) {
          merged.add(b.get(i));
        } else if (!skipEmpty || !isEmpty(b.get(i))) {
          merged.set(i, mergedValue(merged.get(i), b.get(i)));
        }
      }
      return merged;
    }
    return source;
  }

  private static boolean isEmpty(@Nullable Object value) {
    return Undefined.orNull(value) || "".equals(value);
  }
}
