package dev.millrace.nodes.transform;

import dev.millrace.node.NodeCall;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads parameters that name fields. */
final class FieldNames {
  private FieldNames() {}

  /**
   * A list of names in any form in which it is stored: text with commas, a list, or the older
   * collection {@code {fields: [{fieldName}]}}. Blank names are left out.
   */
  static List<String> list(NodeCall call, String parameter, int itemIndex) {
    List<String> names = new ArrayList<>();
    collect(call.parameter(parameter, itemIndex), names);
    return names;
  }

  private static void collect(@Nullable Object value, List<String> names) {
    switch (value) {
      case List<?> list ->
          list.forEach(
              entry -> add(entry instanceof Map<?, ?> map ? map.get("fieldName") : entry, names));
      case Map<?, ?> older -> collect(older.get("fields"), names);
      case String text -> {
        for (String name : text.split(",", -1)) {
          add(name, names);
        }
      }
      case null, default -> add(value, names);
    }
  }

  private static void add(@Nullable Object value, List<String> names) {
    String name = Undefined.orNull(value) ? "" : Coercion.toText(value).strip();
    if (!name.isEmpty()) {
      names.add(name);
    }
  }

  /** Whether field names are paths, from the option that turns it off. */
  static boolean dotNotation(NodeCall call) {
    return !call.bool("options.disableDotNotation", 0, false);
  }

  /** What to say of a field that no item has. */
  static String missingAdvice(String name, boolean dotNotation) {
    return !dotNotation && name.contains(".")
        ? "Its name has a dot: allow dot notation in the node's options to reach a nested field."
        : "Check the spelling, also upper and lower case.";
  }
}
