package dev.millrace.cli.api;

import dev.millrace.value.Coercion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object, read member by member. What is missing or of another kind reads as empty: it is
 * for answers of servers that may be newer or older than this command.
 */
public record JsonObject(Map<String, @Nullable Object> raw) {
  private static final JsonObject EMPTY = new JsonObject(Map.of());

  /** The object that a value is, or one without members. */
  @SuppressWarnings("unchecked") // Read from JSON, whose keys are text.
  public static JsonObject of(@Nullable Object value) {
    return value instanceof Map<?, ?> map
        ? new JsonObject((Map<String, @Nullable Object>) map)
        : EMPTY;
  }

  /** The objects in a list; whatever else is in it is left out. */
  public static List<JsonObject> listOf(@Nullable Object value) {
    return value instanceof List<?> list
        ? list.stream().filter(Map.class::isInstance).map(JsonObject::of).toList()
        : List.of();
  }

  public boolean has(String name) {
    return raw.get(name) != null;
  }

  /** A text or number as text; empty for anything else. */
  public String text(String name) {
    return switch (raw.get(name)) {
      case String text -> text;
      case Double number -> Coercion.numberText(number);
      case null, default -> "";
    };
  }

  /** The same, empty when it is not there or blank. */
  public Optional<String> given(String name) {
    return Optional.of(text(name)).filter(text -> !text.isBlank());
  }

  /** Whether it is {@code true}. */
  public boolean flag(String name) {
    return Boolean.TRUE.equals(raw.get(name));
  }

  public JsonObject object(String name) {
    return of(raw.get(name));
  }

  public List<JsonObject> objects(String name) {
    return listOf(raw.get(name));
  }

  /** The texts in a list. */
  public List<String> texts(String name) {
    return raw.get(name) instanceof List<?> list
        ? list.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
  }

  /** A time to the second, as lists show it; empty when there is none. */
  public String time(String name) {
    String text = text(name);
    int dot = text.indexOf('.');
    return dot < 0 || !text.endsWith("Z") ? text : text.substring(0, dot) + "Z";
  }
}
