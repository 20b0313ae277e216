package dev.millrace.parameter;

import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a value has a type, and converts it where it may be converted. The types are those of
 * assignments, conditions and resource mappers: {@code string, string-alphanumeric, number,
 * boolean, dateTime, time, array, object, options, url, jwt, form-fields}; any other type takes
 * everything.
 */
public final class TypeValidation {
  private static final Pattern ALPHANUMERIC = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final Pattern TIME =
      Pattern.compile("\\d{2}:\\d{2}(:\\d{2})?([+-]\\d{1,2}(:?\\d{2})?)?");
  private static final Pattern URL =
      Pattern.compile(
          "(?:https?|ftp)://(?:[^\\s/?#@]*@)?[^\\s/?#@:]+(?::\\d{1,5})?(?:[/?#]\\S*)?"
              + "|file://\\S+");
  private static final Pattern JWT =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*");

  private TypeValidation() {}

  /**
   * @param strict whether the value must have the type already
   * @param parseStrings whether any value becomes text where text is wanted
   * @param choices the allowed values of type {@code options}
   * @param zone for date-times without an offset
   */
  public record Rules(
      boolean strict, boolean parseStrings, List<? extends @Nullable Object> choices, ZoneId zone) {
    public static final Rules LOOSE = new Rules(false, false, List.of(), ZoneOffset.UTC);
    public static final Rules STRICT = new Rules(true, false, List.of(), ZoneOffset.UTC);

    public Rules parsingStrings() {
      return new Rules(strict, true, choices, zone);
    }

    public Rules in(ZoneId newZone) {
      return new Rules(strict, parseStrings, choices, newZone);
    }
  }

  /** What validation found. */
  public sealed interface Result {
    /** The value, converted where that was needed. */
    record Valid(@Nullable Object value) implements Result {}

    /** Why the value does not have the type. */
    record Invalid(String message) implements Result {}
  }

  /** Validates a field's value; null and undefined have every type. */
  public static Result validate(String field, @Nullable Object value, String type, Rules rules) {
    if (value == null || value == Undefined.UNDEFINED) {
      return new Result.Valid(value);
    }
    return switch (type) {
      case "string" ->
          rules.strict() && !(value instanceof String)
              ? invalid(field, value, type)
              : new Result.Valid(rules.parseStrings() ? text(value) : value);
      case "string-alphanumeric" ->
          value instanceof String text && ALPHANUMERIC.matcher(text).matches()
              ? new Result.Valid(text)
              : new Result.Invalid(
                  "Value is not a valid alphanumeric string: only letters, numbers and underscores"
                      + " are allowed, and it must not start with a number");
      case "number" ->
          of(
              field,
              value,
              type,
              rules.strict() ? only(value, value instanceof Number) : number(value));
      case "boolean" ->
          of(
              field,
              value,
              type,
              rules.strict() ? only(value, value instanceof Boolean) : bool(value));
      case "object" ->
          of(field, value, type, rules.strict() ? only(value, isObject(value)) : object(value));
      case "array" ->
          of(
              field,
              value,
              type,
              rules.strict() ? only(value, value instanceof List) : array(value));
      case "dateTime" -> of(field, value, type, DateTimes.parse(value, rules.zone()));
      case "time" -> of(field, value, type, time(value));
      case "url" -> of(field, value, type, url(value));
      case "jwt" ->
          of(field, value, type, only(value, JWT.matcher(Coercion.toText(value)).matches()));
      case "form-fields" -> of(field, value, type, formFields(value));
      case "options" ->
          rules.choices().contains(value)
              ? new Result.Valid(value)
              : new Result.Invalid(
                  "'"
                      + field
                      + "' expects one of the following values: ["
                      + String.join(", ", rules.choices().stream().map(c -> describe(c)).toList())
                      + "] but we got "
                      + describe(value));
      default -> new Result.Valid(value);
    };
  }

  /** How a value is named in a message: its text in quotes, or its kind. */
  public static String describe(@Nullable Object value) {
    return switch (value) {
      case List<?> list -> "array";
      case Map<?, ?> map -> "object";
      case null, default -> "'" + Coercion.toText(value) + "'";
    };
  }

  static Optional<Double> number(Object value) {
    double number = Coercion.toNumber(value);
    return Double.isNaN(number) ? Optional.empty() : Optional.of(number);
  }

  static Optional<Boolean> bool(Object value) {
    if (value instanceof Boolean already) {
      return Optional.of(already);
    }
    if (value instanceof String text) {
      switch (text.toLowerCase(Locale.ROOT)) {
        case "true" -> {
          return Optional.of(true);
        }
        case "false" -> {
          return Optional.of(false);
        }
        default -> {}
      }
    }
    double number = Coercion.toNumber(value);
    return number == 0 ? Optional.of(false) : number == 1 ? Optional.of(true) : Optional.empty();
  }

  static Optional<Object> object(Object value) {
    if (isObject(value)) {
      return Optional.of(value);
    }
    return value instanceof String text
        ? literal(text).filter(parsed -> parsed instanceof Map)
        : Optional.empty();
  }

  static Optional<Object> array(Object value) {
    if (value instanceof List) {
      return Optional.of(value);
    }
    return value instanceof String text
        ? literal(text).filter(parsed -> parsed instanceof List)
        : Optional.empty();
  }

  private static Optional<String> time(Object value) {
    String text = Coercion.toText(value);
    return TIME.matcher(text).matches() ? Optional.of(text) : Optional.empty();
  }

  /** An address; without a scheme it gets {@code https}. */
  public static Optional<String> url(Object value) {
    String text = Coercion.toText(value);
    String full = text.contains("://") ? text : "https://" + text;
    return URL.matcher(full).matches() ? Optional.of(full) : Optional.empty();
  }

  /** A list of form field objects, or its JSON text. */
  public static Optional<Object> formFields(Object value) {
    return array(value)
        .filter(fields ->
            fields instanceof List<?> list && list.stream().allMatch(Map.class::isInstance));
  }

  static boolean isObject(@Nullable Object value) {
    return value instanceof Map || value instanceof ZonedDateTime || value instanceof Instant;
  }

  private static Object text(Object value) {
    return value instanceof Map || value instanceof List
        ? Json.text(value)
        : Coercion.toText(value);
  }

  private static Optional<Object> literal(String text) {
    try {
      return Optional.ofNullable(LenientJson.literal(text));
    } catch (MillraceException notJson) {
      return Optional.empty();
    }
  }

  private static Optional<Object> only(Object value, boolean holds) {
    return holds ? Optional.of(value) : Optional.empty();
  }

  private static Result of(String field, Object value, String type, Optional<?> converted) {
    return converted.isPresent() ? new Result.Valid(converted.get()) : invalid(field, value, type);
  }

  private static Result invalid(String field, Object value, String type) {
    return new Result.Invalid(
        "'"
            + field
            + "' expects "
            + (type.equals("url") ? "a valid url" : withArticle(type))
            + " but we got "
            + describe(value));
  }

  static String withArticle(String noun) {
    return ("aeiou".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
  }
}
