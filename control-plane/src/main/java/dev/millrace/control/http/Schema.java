package dev.millrace.control.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a JSON value is: checks what is sent, and describes it as JSON Schema (2020-12) in the
 * description of the API. Values are those of {@link dev.millrace.value.Json}: every number is a
 * double. Immutable.
 */
public sealed interface Schema {
  /** Any value at all. */
  static Schema any() {
    return new Any();
  }

  /** True or false. */
  static Schema flag() {
    return new Flag();
  }

  /** An object of any content, such as a workflow's document. */
  static Schema free() {
    return new Fields(List.of(), true);
  }

  /** A moment in ISO 8601, as this API writes them. */
  static Schema time() {
    return new Text(0, 40, "date-time", Optional.empty());
  }

  /** Says what is wrong with a value, empty when nothing is. */
  Optional<String> refusal(@Nullable Object value, String at);

  /**
   * JSON Schema of it.
   *
   * @param named gets the schemas that it refers to
   */
  Map<String, @Nullable Object> json(Map<String, Schema> named);

  /** A text of up to so many UTF-16 units, and of at least one that is not blank. */
  static Schema text(int most) {
    return new Text(1, most, "", Optional.empty());
  }

  /** A text of any length, the empty one too. */
  static Schema text() {
    return new Text(0, Integer.MAX_VALUE, "", Optional.empty());
  }

  /** A text that an expression matches as a whole. */
  static Schema matching(String expression) {
    return new Text(0, Integer.MAX_VALUE, "", Optional.of(Pattern.compile(expression)));
  }

  /** One of some texts. */
  static Schema oneOf(String... values) {
    return new Choice(List.of(values));
  }

  /** One of some texts. */
  static Schema oneOf(List<String> values) {
    return new Choice(List.copyOf(values));
  }

  /** A whole number. */
  static Schema whole(long least, long most) {
    return new Whole(least, most);
  }

  /** A whole number from zero on. */
  static Schema count() {
    return new Whole(0, 1L << 53);
  }

  static Schema number() {
    return new Decimal();
  }

  static Schema listOf(Schema each) {
    return new Items(each, Integer.MAX_VALUE);
  }

  static Schema listOf(Schema each, int most) {
    return new Items(each, most);
  }

  /** An object whose names are free and whose values are alike. */
  static Schema mapOf(Schema each) {
    return new Mapping(each);
  }

  /** An object that has only the fields that follow: {@code object().must(..).may(..)}. */
  static Fields object() {
    return new Fields(List.of(), false);
  }

  /** What {@link Answer#page} answers. */
  static Schema page(Schema each) {
    return object().must("data", listOf(each)).must("nextCursor", text().orNull());
  }

  /** One of several, such as a text or a list. */
  static Schema either(Schema... choices) {
    return new Either(List.of(choices));
  }

  /** The same under a name, by which others refer to it. */
  default Schema named(String name) {
    return new Named(name, this);
  }

  /** The same, or null. */
  default Schema orNull() {
    return new OrNull(this);
  }

  record Any() implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return Optional.empty();
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of();
    }
  }

  record Flag() implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return unless(value instanceof Boolean, at, "true or false");
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of("type", "boolean");
    }
  }

  /**
   * @param format of JSON Schema, for people; empty for none
   */
  record Text(int least, int most, String format, Optional<Pattern> pattern) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      if (!(value instanceof String text)) {
        return unless(false, at, "a text");
      }
      if (least > 0 && text.isBlank()) {
        return unless(false, at, "a text that is not empty");
      }
      if (unstorable(text)) {
        return unless(false, at, "a text without the character U+0000");
      }
      if (text.length() > most) {
        return unless(false, at, "a text of at most " + most + " characters");
      }
      return unless(
          pattern.isEmpty() || pattern.get().matcher(text).matches(),
          at,
          "a text such as " + pattern.map(Pattern::pattern).orElse(""));
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("type", "string");
      if (least > 0) {
        json.put("minLength", (double) least);
      }
      if (most < Integer.MAX_VALUE) {
        json.put("maxLength", (double) most);
      }
      if (!format.isEmpty()) {
        json.put("format", format);
      }
      pattern.ifPresent(whole -> json.put("pattern", "^(?:" + whole.pattern() + ")$"));
      return json;
    }
  }

  record Choice(List<String> values) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return unless(
          value instanceof String text && values.contains(text),
          at,
          "one of " + String.join(", ", values));
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of("type", "string", "enum", values);
    }
  }

  record Whole(long least, long most) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return unless(
          value instanceof Double number
              && number == Math.rint(number)
              && number >= least
              && number <= most,
          at,
          "a number from " + least + " to " + most);
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of("type", "integer", "minimum", (double) least, "maximum", (double) most);
    }
  }

  record Decimal() implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return unless(value instanceof Double, at, "a number");
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of("type", "number");
    }
  }

  record Items(Schema each, int most) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      if (!(value instanceof List<?> list)) {
        return unless(false, at, "a list");
      }
      if (list.size() > most) {
        return unless(false, at, "a list of at most " + most);
      }
      for (int i = 0; i < list.size(); i++) {
        Optional<String> wrong = each.refusal(list.get(i), at + "[" + i + "]");
        if (wrong.isPresent()) {
          return wrong;
        }
      }
      return Optional.empty();
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("type", "array");
      json.put("items", each.json(named));
      if (most < Integer.MAX_VALUE) {
        json.put("maxItems", (double) most);
      }
      return json;
    }
  }

  record Mapping(Schema each) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      if (!(value instanceof Map<?, ?> map)) {
        return unless(false, at, "an object");
      }
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        Optional<String> wrong = each.refusal(entry.getValue(), below(at, entry.getKey()));
        if (wrong.isPresent()) {
          return wrong;
        }
      }
      return Optional.empty();
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("type", "object");
      json.put("additionalProperties", each.json(named));
      return json;
    }
  }

  /** A field of an object. */
  record Field(String name, Schema schema, boolean required) {}

  /**
   * An object.
   *
   * @param open whether it may have others beside the fields
   */
  record Fields(List<Field> fields, boolean open) implements Schema {
    /** The same with a field that must be there. */
    public Fields must(String name, Schema schema) {
      return with(new Field(name, schema, true));
    }

    /** The same with a field that may be missing. */
    public Fields may(String name, Schema schema) {
      return with(new Field(name, schema, false));
    }

    /** The same, which may have any others beside. */
    public Fields andOthers() {
      return new Fields(fields, true);
    }

    private Fields with(Field field) {
      List<Field> all = new ArrayList<>(fields);
      all.add(field);
      return new Fields(List.copyOf(all), open);
    }

    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      if (!(value instanceof Map<?, ?> map)) {
        return unless(false, at, "an object");
      }
      int known = 0;
      for (Field field : fields) {
        if (map.containsKey(field.name())) {
          known++;
          Optional<String> wrong =
              field.schema().refusal(map.get(field.name()), below(at, field.name()));
          if (wrong.isPresent()) {
            return wrong;
          }
        } else if (field.required()) {
          return Optional.of(below(at, field.name()) + " is missing");
        }
      }
      return open || known == map.size() ? Optional.empty() : Optional.of(stranger(map, at));
    }

    /** Nobody is to believe that a field did something. */
    private String stranger(Map<?, ?> map, String at) {
      return map.keySet().stream()
              .filter(name -> fields.stream().noneMatch(field -> field.name().equals(name)))
              .findFirst()
              .map(name -> below(at, name))
              .orElse(at)
          + " cannot be set here";
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      Map<String, @Nullable Object> properties = new LinkedHashMap<>();
      fields.forEach(field -> properties.put(field.name(), field.schema().json(named)));
      List<String> required = fields.stream().filter(Field::required).map(Field::name).toList();
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("type", "object");
      if (!properties.isEmpty()) {
        json.put("properties", properties);
      }
      if (!required.isEmpty()) {
        json.put("required", required);
      }
      if (!open) {
        json.put("additionalProperties", false);
      }
      return json;
    }
  }

  record Either(List<Schema> choices) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      List<String> wrong = new ArrayList<>();
      for (Schema choice : choices) {
        Optional<String> refused = choice.refusal(value, at);
        if (refused.isEmpty()) {
          return Optional.empty();
        }
        wrong.add(refused.get());
      }
      return Optional.of(String.join(", or ", wrong));
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of("anyOf", choices.stream().map(choice -> choice.json(named)).toList());
    }
  }

  record OrNull(Schema is) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return value == null ? Optional.empty() : is.refusal(value, at);
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      return Map.of("anyOf", List.of(is.json(named), Map.of("type", "null")));
    }
  }

  record Named(String name, Schema is) implements Schema {
    @Override
    public Optional<String> refusal(@Nullable Object value, String at) {
      return is.refusal(value, at);
    }

    @Override
    public Map<String, @Nullable Object> json(Map<String, Schema> named) {
      Schema before = named.putIfAbsent(name, is);
      if (before != null && !before.equals(is)) {
        throw new IllegalStateException(name + " names two schemas");
      }
      return Map.of("$ref", "#/components/schemas/" + name);
    }
  }

  /** Whether a text has what PostgreSQL stores in none. */
  static boolean unstorable(String text) {
    return text.indexOf('\0') >= 0;
  }

  private static Optional<String> unless(boolean right, String at, String must) {
    return right
        ? Optional.empty()
        : Optional.of((at.isEmpty() ? "The body" : at) + " must be " + must);
  }

  private static String below(String at, @Nullable Object name) {
    return at.isEmpty() ? String.valueOf(name) : at + "." + name;
  }
}
