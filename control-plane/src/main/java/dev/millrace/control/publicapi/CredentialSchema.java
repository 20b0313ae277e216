package dev.millrace.control.publicapi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The fields of a type of credentials, as the full API shows them, as JSON Schema. Pure. */
final class CredentialSchema {
  private CredentialSchema() {}

  /**
   * @param fields each with its {@code name}, {@code type}, {@code required}, and where it has them
   *     {@code options} and {@code displayOptions}
   */
  static Map<String, @Nullable Object> of(List<Map<?, ?>> fields) {
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    List<Map<String, @Nullable Object>> conditions = new ArrayList<>();
    // A field may stand there several times, each shown in another case.
    for (Map<?, ?> field : fields) {
      String name = String.valueOf(field.get("name"));
      properties.putIfAbsent(name, property(field));
      if (Boolean.TRUE.equals(field.get("required"))) {
        Optional<Map<String, @Nullable Object>> condition = condition(name, field);
        condition.ifPresentOrElse(conditions::add, () -> required.add(name));
      }
    }
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("additionalProperties", false);
    schema.put("type", "object");
    schema.put("properties", properties);
    schema.put("required", required);
    if (!conditions.isEmpty()) {
      schema.put("allOf", conditions);
    }
    return schema;
  }

  private static Map<String, @Nullable Object> property(Map<?, ?> field) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    String type = String.valueOf(field.get("type"));
    json.put("type", type.equals("number") || type.equals("boolean") ? type : "string");
    List<@Nullable Object> values = new ArrayList<>();
    FullApi.rows(field.get("options")).forEach(option -> values.add(option.get("value")));
    if (!values.isEmpty()) {
      json.put("enum", values);
    }
    return json;
  }

  /** It must be there when others have the values with which it is shown; empty for always. */
  private static Optional<Map<String, @Nullable Object>> condition(String name, Map<?, ?> field) {
    if (!(field.get("displayOptions") instanceof Map<?, ?> options)
        || !(options.get("show") instanceof Map<?, ?> show)) {
      return Optional.empty();
    }
    Map<String, @Nullable Object> when = new LinkedHashMap<>();
    show.forEach((other, values) -> {
      if (values instanceof List<?> list) {
        when.put(String.valueOf(other), Map.of("enum", list));
      }
    });
    Map<String, @Nullable Object> condition = new LinkedHashMap<>();
    condition.put("if", Map.of("properties", when, "required", List.copyOf(when.keySet())));
    condition.put("then", Map.of("required", List.of(name)));
    return Optional.of(condition);
  }
}
