package dev.millrace.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of a node, as the form shows it and as defaults and validation read it.
 *
 * @param name key in the node's {@code parameters}
 * @param displayName label
 * @param type one of n8n's property types, such as {@code string} or {@code fixedCollection}
 * @param defaultValue value when the parameter is not stored
 * @param required whether it must be filled in when shown
 * @param options the choices of an {@code options} or {@code multiOptions} property
 * @param children the members of a {@code collection}, or the groups of a {@code fixedCollection}
 *     (each a property of type {@code group})
 * @param displayOptions n8n's {@code {show, hide}} object; empty when always shown
 * @param typeOptions n8n's {@code typeOptions} object, such as {@code {multipleValues: true}}
 * @param extra what else n8n's schema says of it, such as {@code modes} of a resource locator
 */
public record Property(
    String name,
    String displayName,
    String type,
    @Nullable Object defaultValue,
    boolean required,
    List<Option> options,
    List<Property> children,
    Map<String, @Nullable Object> displayOptions,
    Map<String, @Nullable Object> typeOptions,
    Map<String, @Nullable Object> extra) {

  /**
   * A choice.
   *
   * @param displayOptions when the choice is offered; empty for always
   */
  public record Option(
      String name, @Nullable Object value, Map<String, @Nullable Object> displayOptions) {}

  /** Pseudo type of the groups of a fixed collection. */
  public static final String GROUP = "group";

  public static Property of(
      String type, String name, String displayName, @Nullable Object defaultValue) {
    Object stored = defaultValue instanceof Integer i ? Double.valueOf(i) : defaultValue;
    return new Property(
        name, displayName, type, stored, false, List.of(), List.of(), Map.of(), Map.of(), Map.of());
  }

  public static Property string(String name, String displayName, String defaultValue) {
    return of("string", name, displayName, defaultValue);
  }

  public static Property number(String name, String displayName, double defaultValue) {
    return of("number", name, displayName, defaultValue);
  }

  public static Property bool(String name, String displayName, boolean defaultValue) {
    return of("boolean", name, displayName, defaultValue);
  }

  public static Property options(
      String name, String displayName, @Nullable Object defaultValue, Option... choices) {
    return of("options", name, displayName, defaultValue).withOptions(List.of(choices));
  }

  /** A collection of optional members. */
  public static Property collection(String name, String displayName, Property... members) {
    return of("collection", name, displayName, Map.of()).withChildren(List.of(members));
  }

  /** A fixed collection; see {@link #group}. */
  public static Property fixedCollection(String name, String displayName, Property... groups) {
    return of("fixedCollection", name, displayName, Map.of()).withChildren(List.of(groups));
  }

  /** A group of a fixed collection. */
  public static Property group(String name, String displayName, Property... members) {
    return of(GROUP, name, displayName, null).withChildren(List.of(members));
  }

  /** A choice whose value is its own key. */
  public static Option option(String name, @Nullable Object value) {
    Object stored = value instanceof Integer i ? Double.valueOf(i) : value;
    return new Option(name, stored, Map.of());
  }

  public Property asRequired() {
    return new Property(
        name,
        displayName,
        type,
        defaultValue,
        true,
        options,
        children,
        displayOptions,
        typeOptions,
        extra);
  }

  public Property withOptions(List<Option> choices) {
    return new Property(
        name,
        displayName,
        type,
        defaultValue,
        required,
        choices,
        children,
        displayOptions,
        typeOptions,
        extra);
  }

  public Property withChildren(List<Property> members) {
    return new Property(
        name,
        displayName,
        type,
        defaultValue,
        required,
        options,
        members,
        displayOptions,
        typeOptions,
        extra);
  }

  public Property withDefault(@Nullable Object value) {
    return new Property(
        name,
        displayName,
        type,
        value,
        required,
        options,
        children,
        displayOptions,
        typeOptions,
        extra);
  }

  /** Shown only where {@code key} has one of the values. Several calls must all hold. */
  public Property showWhen(String key, Object... values) {
    return withCondition("show", key, values);
  }

  /** Hidden where {@code key} has one of the values. */
  public Property hideWhen(String key, Object... values) {
    return withCondition("hide", key, values);
  }

  public Property withTypeOption(String key, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new java.util.LinkedHashMap<>(typeOptions);
    changed.put(key, value instanceof Integer i ? Double.valueOf(i) : value);
    return new Property(
        name,
        displayName,
        type,
        defaultValue,
        required,
        options,
        children,
        displayOptions,
        changed,
        extra);
  }

  public Property withExtra(String key, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new java.util.LinkedHashMap<>(extra);
    changed.put(key, value);
    return new Property(
        name,
        displayName,
        type,
        defaultValue,
        required,
        options,
        children,
        displayOptions,
        typeOptions,
        changed);
  }

  private Property withCondition(String rule, String key, Object... values) {
    Map<String, @Nullable Object> rules = new java.util.LinkedHashMap<>(displayOptions);
    Map<String, @Nullable Object> keys =
        rules.get(rule) instanceof Map<?, ?> existing
            ? copyOf(existing)
            : new java.util.LinkedHashMap<>();
    List<Object> stored = new ArrayList<>();
    for (Object value : values) {
      stored.add(value instanceof Integer i ? Double.valueOf(i) : value);
    }
    keys.put(key, stored);
    rules.put(rule, keys);
    return new Property(
        name,
        displayName,
        type,
        defaultValue,
        required,
        options,
        children,
        rules,
        typeOptions,
        extra);
  }

  private static Map<String, @Nullable Object> copyOf(Map<?, ?> map) {
    Map<String, @Nullable Object> copy = new java.util.LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }
}
