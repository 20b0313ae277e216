package dev.millrace.control.publicapi;

import dev.millrace.control.credentials.CredentialType;
import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The fields of a type of credentials as JSON Schema. Pure functions. */
final class CredentialSchema {
  private CredentialSchema() {}

  static Map<String, @Nullable Object> of(CredentialType type) {
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    List<Map<String, @Nullable Object>> conditions = new ArrayList<>();
    // A field may stand there several times, each shown in another case.
    for (Property field : type.fields()) {
      properties.putIfAbsent(field.name(), field(field));
      if (field.required() && field.displayOptions().isEmpty()) {
        required.add(field.name());
      } else if (field.required()) {
        condition(field).ifPresent(conditions::add);
      }
    }
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("additionalProperties", false);
    schema.put("type", "object");
    schema.put("properties", properties);
    schema.put("required", List.copyOf(required));
    if (!conditions.isEmpty()) {
      schema.put("allOf", List.copyOf(conditions));
    }
    return schema;
  }

  private static Map<String, @Nullable Object> field(Property field) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put(
        "type",
        switch (field.type()) {
          case "number" -> "number";
          case "boolean" -> "boolean";
          default -> "string";
        });
    if (!field.options().isEmpty()) {
      json.put("enum", field.options().stream().map(Property.Option::value).toList());
    }
    return json;
  }

  /** It must be there when others have the values with which it is shown. */
  private static Optional<Map<String, @Nullable Object>> condition(Property field) {
    if (!(field.displayOptions().get("show") instanceof Map<?, ?> show)) {
      return Optional.empty();
    }
    Map<String, @Nullable Object> when = new LinkedHashMap<>();
    show.forEach((name, values) -> when.put(String.valueOf(name), Map.of("enum", list(values))));
    Map<String, @Nullable Object> condition = new LinkedHashMap<>();
    condition.put("if", Map.of("properties", when, "required", List.copyOf(when.keySet())));
    condition.put("then", Map.of("required", List.of(field.name())));
    return Optional.of(condition);
  }

  private static List<?> list(@Nullable Object values) {
    return values instanceof List<?> list ? list : List.of();
  }
}
