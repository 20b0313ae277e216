package dev.millrace.parameter;

import dev.millrace.node.Property;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@link Property} to and from n8n's JSON property objects. */
public final class PropertyJson {
  private static final Set<String> NAMED =
      Set.of(
          "name",
          "displayName",
          "type",
          "default",
          "required",
          "options",
          "values",
          "displayOptions",
          "typeOptions");

  private PropertyJson() {}

  /** Reads a property list; what is not an object is left out. */
  public static List<Property> readAll(@Nullable Object list) {
    List<Property> properties = new ArrayList<>();
    if (list instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> json) {
          properties.add(read(json));
        }
      }
    }
    return properties;
  }

  /** Reads one property. A missing default is {@code UNDEFINED}. */
  public static Property read(Map<?, ?> json) {
    return read(json, text(json.get("type")));
  }

  private static Property read(Map<?, ?> json, String type) {
    List<Property.Option> options = new ArrayList<>();
    List<Property> children = new ArrayList<>();
    switch (type) {
      case "fixedCollection" -> {
        if (json.get("options") instanceof List<?> groups) {
          for (Object group : groups) {
            if (group instanceof Map<?, ?> form) {
              children.add(read(form, Property.GROUP));
            }
          }
        }
      }
      case "collection" -> children.addAll(readAll(json.get("options")));
      case Property.GROUP -> children.addAll(readAll(json.get("values")));
      default -> {
        if (json.get("options") instanceof List<?> choices) {
          for (Object choice : choices) {
            if (choice instanceof Map<?, ?> form) {
              options.add(
                  new Property.Option(
                      text(form.get("name")), form.get("value"), map(form.get("displayOptions"))));
            }
          }
        }
      }
    }
    Map<String, @Nullable Object> extra = new LinkedHashMap<>();
    json.forEach((key, value) -> {
      if (!NAMED.contains(String.valueOf(key))) {
        extra.put(String.valueOf(key), value);
      }
    });
    return new Property(
        text(json.get("name")),
        text(json.get("displayName")),
        type,
        json.containsKey("default") || type.equals(Property.GROUP)
            ? json.get("default")
            : Undefined.UNDEFINED,
        Boolean.TRUE.equals(json.get("required")),
        options,
        children,
        map(json.get("displayOptions")),
        map(json.get("typeOptions")),
        extra);
  }

  /** Writes one property; empty parts are left out. */
  public static Map<String, @Nullable Object> write(Property property) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", property.name());
    json.put("displayName", property.displayName());
    boolean group = property.type().equals(Property.GROUP);
    if (!group) {
      json.put("type", property.type());
      if (property.defaultValue() != Undefined.UNDEFINED) {
        json.put("default", property.defaultValue());
      }
    }
    if (property.required()) {
      json.put("required", true);
    }
    if (!property.options().isEmpty()) {
      json.put("options", property.options().stream().map(PropertyJson::write).toList());
    }
    if (!property.children().isEmpty()) {
      json.put(
          group ? "values" : "options",
          property.children().stream().map(PropertyJson::write).toList());
    }
    if (!property.displayOptions().isEmpty()) {
      json.put("displayOptions", property.displayOptions());
    }
    if (!property.typeOptions().isEmpty()) {
      json.put("typeOptions", property.typeOptions());
    }
    json.putAll(property.extra());
    return json;
  }

  private static Map<String, @Nullable Object> write(Property.Option option) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", option.name());
    json.put("value", option.value());
    if (!option.displayOptions().isEmpty()) {
      json.put("displayOptions", option.displayOptions());
    }
    return json;
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }
}
