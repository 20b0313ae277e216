package dev.millrace.parameter;

import dev.millrace.node.Property;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What keeps a node's parameters from being complete. */
public final class ParameterIssues {
  private ParameterIssues() {}

  /**
   * Issues by parameter name; empty when the node can run.
   *
   * @param stored the node's parameters, with or without defaults
   */
  public static Map<String, List<String>> of(
      List<Property> properties,
      Map<String, ? extends @Nullable Object> stored,
      DisplayOptions.Context context) {
    Map<String, List<String>> issues = new LinkedHashMap<>();
    Map<String, @Nullable Object> full =
        new ParameterDefaults(properties, context).forDisplay(stored, null);
    collect(properties, stored, full, full, "", context, issues);
    return issues;
  }

  private static void collect(
      List<Property> properties,
      Map<String, ? extends @Nullable Object> stored,
      Map<String, @Nullable Object> full,
      Map<String, @Nullable Object> root,
      String path,
      DisplayOptions.Context context,
      Map<String, List<String>> issues) {
    for (Property property : properties) {
      if (!DisplayOptions.shown(property.displayOptions(), full, root, context)) {
        continue;
      }
      Object value = stored.containsKey(property.name()) ? stored.get(property.name()) : null;
      List<String> found = new ArrayList<>();
      if (property.required() && missing(property, full.get(property.name()))) {
        found.add("Parameter \"" + property.displayName() + "\" is required.");
      }
      switch (property.type()) {
        case "collection" -> {
          if (value instanceof Map<?, ?> members) {
            // Of a collection only the members that were added count.
            nested(
                property.children().stream()
                    .filter(member -> members.containsKey(member.name()))
                    .toList(),
                members,
                root,
                path + property.name() + ".",
                context,
                issues);
          }
        }
        case "fixedCollection" -> {
          if (value instanceof Map<?, ?> groups) {
            for (Property group : property.children()) {
              Object entries = groups.get(group.name());
              int count =
                  entries instanceof List<?> list ? list.size() : entries instanceof Map ? 1 : 0;
              found.addAll(fieldCount(property, count));
              List<?> list =
                  entries instanceof List<?> several
                      ? several
                      : entries == null ? List.of() : List.of(entries);
              for (int i = 0; i < list.size(); i++) {
                if (list.get(i) instanceof Map<?, ?> entry) {
                  nested(
                      group.children(),
                      entry,
                      root,
                      path + property.name() + "." + group.name() + "[" + i + "].",
                      context,
                      issues);
                }
              }
            }
          }
        }
        default -> {}
      }
      if (!found.isEmpty()) {
        issues.computeIfAbsent(path + property.name(), name -> new ArrayList<>()).addAll(found);
      }
    }
  }

  private static void nested(
      List<Property> properties,
      Map<?, ?> stored,
      Map<String, @Nullable Object> root,
      String path,
      DisplayOptions.Context context,
      Map<String, List<String>> issues) {
    Map<String, @Nullable Object> values = ParameterDefaults.keys(stored);
    collect(
        properties,
        values,
        new ParameterDefaults(properties, context).forDisplay(values, root),
        root,
        path,
        context,
        issues);
  }

  private static List<String> fieldCount(Property property, int count) {
    List<String> found = new ArrayList<>();
    if (property.typeOptions().get("minRequiredFields") instanceof Number min
        && count < min.intValue()) {
      found.add("At least " + fields(min.intValue()) + " required.");
    }
    if (property.typeOptions().get("maxAllowedFields") instanceof Number max
        && count > max.intValue()) {
      found.add("At most " + fields(max.intValue()) + " allowed.");
    }
    return found;
  }

  private static String fields(int count) {
    return count == 1 ? "1 field is" : count + " fields are";
  }

  private static boolean missing(Property property, @Nullable Object value) {
    Object found = ResourceLocator.value(value);
    return switch (found) {
      case null -> true;
      case Undefined undefined -> true;
      case String text -> text.isEmpty();
      case List<?> list ->
          list.isEmpty()
              && (property.type().equals("multiOptions")
                  || ParameterDefaults.severalValues(property));
      default -> false;
    };
  }
}
