package dev.millrace.parameter;

import dev.millrace.node.Property;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stored parameters to complete ones and back: fills in the defaults of what is shown, or takes out
 * what equals its default. Immutable; one per property list.
 */
public final class ParameterDefaults {
  /**
   * What a result holds.
   *
   * @param defaults whether parameters at their default are put in, rather than left out
   * @param hidden whether parameters count that {@code displayOptions} hide
   * @param unknown whether stored keys that no property names are kept
   */
  public record Keep(boolean defaults, boolean hidden, boolean unknown) {
    /** What a node sees when it runs. */
    public static final Keep FOR_RUN = new Keep(true, false, true);
  }

  private final List<Property> properties;
  private final Set<String> repeated;
  private final DisplayOptions.Context context;

  /**
   * @param properties the parameters of one level; several may share a name
   */
  public ParameterDefaults(List<Property> properties, DisplayOptions.Context context) {
    this.properties = byDependency(properties);
    this.context = context;
    this.repeated = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (Property property : properties) {
      if (!names.add(property.name())) {
        repeated.add(property.name());
      }
    }
  }

  /**
   * A node's parameters.
   *
   * @param stored null, as when an expression for all of them failed, gives none
   */
  public Map<String, @Nullable Object> apply(
      @Nullable Map<String, ? extends @Nullable Object> stored, Keep keep) {
    return stored == null ? Map.of() : apply(stored, null, false, keep);
  }

  /** The values that {@code displayOptions} compare with: what is stored, and simple defaults. */
  public Map<String, @Nullable Object> forDisplay(
      Map<String, ? extends @Nullable Object> stored, @Nullable Object root) {
    Map<String, @Nullable Object> full = new LinkedHashMap<>(stored);
    for (Property property : properties) {
      String name = property.name();
      if (full.getOrDefault(name, Undefined.UNDEFINED) == Undefined.UNDEFINED
          && !isCollection(property)
          && (!repeated.contains(name) || shown(property, full, root))) {
        full.put(name, defaultOf(property));
      }
    }
    return full;
  }

  private boolean shown(Property property, Map<String, ?> siblings, @Nullable Object root) {
    return DisplayOptions.shown(
        property.displayOptions(), siblings, root == null ? siblings : root, context);
  }

  private Map<String, @Nullable Object> apply(
      Map<String, ? extends @Nullable Object> stored,
      @Nullable Object outerRoot,
      boolean inCollection,
      Keep keep) {
    Map<String, @Nullable Object> full = forDisplay(stored, outerRoot);
    Object root = outerRoot == null ? full : outerRoot;
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    Set<String> named = new HashSet<>();
    for (Property property : properties) {
      String name = property.name();
      named.add(name);
      boolean present = stored.containsKey(name) && stored.get(name) != Undefined.UNDEFINED;
      if (inCollection && !present) {
        continue;
      }
      if ((!keep.hidden() || repeated.contains(name)) && !shown(property, full, root)) {
        continue;
      }
      Object value =
          switch (property.type()) {
            case "collection" -> collection(property, stored.get(name), present, root, keep);
            case "fixedCollection" ->
                fixedCollection(property, stored.get(name), present, root, inCollection, keep);
            default -> simple(property, stored.get(name), present, inCollection, keep);
          };
      if (value != Undefined.UNDEFINED) {
        result.put(name, value);
      }
    }
    if (keep.unknown()) {
      stored.forEach((name, value) -> {
        if (!named.contains(name)) {
          result.put(name, value);
        }
      });
    }
    return result;
  }

  private static @Nullable Object simple(
      Property property, @Nullable Object value, boolean present, boolean inCollection, Keep keep) {
    if (keep.defaults()) {
      boolean nullIsAValue =
          switch (property.type()) {
            case "boolean", "number", "options" -> true;
            default -> false;
          };
      return present && (value != null || nullIsAValue) ? value : defaultOf(property);
    }
    return present && (inCollection || !Objects.equals(value, defaultOf(property)))
        ? value
        : Undefined.UNDEFINED;
  }

  private @Nullable Object collection(
      Property property, @Nullable Object value, boolean present, Object root, Keep keep) {
    if (!present) {
      return keep.defaults() ? defaultOf(property) : Undefined.UNDEFINED;
    }
    if (value instanceof Map<?, ?> members && !severalValues(property)) {
      return new ParameterDefaults(property.children(), context)
          .apply(keys(members), root, true, keep);
    }
    return value;
  }

  private @Nullable Object fixedCollection(
      Property property,
      @Nullable Object value,
      boolean present,
      Object root,
      boolean inCollection,
      Keep keep) {
    if (!present) {
      return keep.defaults() ? defaultOf(property) : Undefined.UNDEFINED;
    }
    if (value instanceof String text && text.startsWith("=")) {
      return value;
    }
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> groups) {
      keys(groups)
          .forEach((name, stored) -> {
            Property group = group(property, name);
            if (group == null) {
              if (keep.unknown()) {
                result.put(name, stored);
              }
              return;
            }
            ParameterDefaults members = new ParameterDefaults(group.children(), context);
            switch (stored) {
              case List<?> entries -> {
                List<@Nullable Object> filled = new ArrayList<>(entries.size());
                for (Object entry : entries) {
                  filled.add(
                      entry instanceof Map<?, ?> map
                          ? members.apply(keys(map), root, false, keep)
                          : entry);
                }
                result.put(name, filled);
              }
              case Map<?, ?> entry -> {
                Map<String, @Nullable Object> filled =
                    members.apply(keys(entry), root, false, keep);
                if (!filled.isEmpty() || inCollection || keep.defaults()) {
                  result.put(name, filled);
                }
              }
              case null, default -> {
                if (keep.unknown()) {
                  result.put(name, stored);
                }
              }
            }
          });
    }
    return result.isEmpty() && !keep.defaults() && !inCollection ? Undefined.UNDEFINED : result;
  }

  private static @Nullable Property group(Property property, String name) {
    for (Property group : property.children()) {
      if (group.name().equals(name)) {
        return group;
      }
    }
    return null;
  }

  static boolean severalValues(Property property) {
    return Boolean.TRUE.equals(property.typeOptions().get("multipleValues"));
  }

  private static boolean isCollection(Property property) {
    return property.type().equals("collection") || property.type().equals("fixedCollection");
  }

  private static @Nullable Object defaultOf(Property property) {
    if (property.type().equals("resourceLocator")
        && property.defaultValue() instanceof Map<?, ?> form
        && !form.containsKey("__rl")) {
      Map<String, @Nullable Object> locator = new LinkedHashMap<>();
      locator.put("__rl", true);
      locator.putAll(keys(form));
      return locator;
    }
    return property.defaultValue();
  }

  /** Properties that others depend on come first, as a default may decide what else is shown. */
  private static List<Property> byDependency(List<Property> properties) {
    Map<String, Set<String>> needs = new HashMap<>();
    for (Property property : properties) {
      Set<String> names = needs.computeIfAbsent(property.name(), name -> new HashSet<>());
      for (Object rule : property.displayOptions().values()) {
        if (rule instanceof Map<?, ?> keys) {
          for (Object key : keys.keySet()) {
            String name = String.valueOf(key);
            name = name.startsWith("/") ? name.substring(1) : name;
            int dot = name.indexOf('.');
            names.add(dot < 0 ? name : name.substring(0, dot));
          }
        }
      }
    }
    if (needs.values().stream().allMatch(Set::isEmpty)) {
      return List.copyOf(properties);
    }
    List<Property> ordered = new ArrayList<>(properties.size());
    List<Property> open = new ArrayList<>(properties);
    Set<String> done = new HashSet<>();
    while (!open.isEmpty()) {
      Set<String> waiting = new HashSet<>();
      open.forEach(property -> waiting.add(property.name()));
      List<Property> ready =
          open.stream()
              .filter(property ->
                  needs.getOrDefault(property.name(), Set.of()).stream()
                      .noneMatch(name -> !name.equals(property.name()) && waiting.contains(name)))
              .toList();
      // Properties that depend on one another in a circle keep their order.
      List<Property> next = ready.isEmpty() ? List.copyOf(open) : ready;
      ordered.addAll(next);
      next.forEach(property -> done.add(property.name()));
      open.removeIf(property -> done.contains(property.name()));
    }
    return ordered;
  }

  @SuppressWarnings("unchecked")
  static Map<String, @Nullable Object> keys(Map<?, ?> map) {
    return (Map<String, @Nullable Object>) map;
  }
}
