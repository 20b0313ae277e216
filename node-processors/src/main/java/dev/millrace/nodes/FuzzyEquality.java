package dev.millrace.nodes;

import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Equality that forgives how a value is written: {@code 1} and {@code "1"}, {@code true} and {@code
 * "True"}, a list and its JSON text; null, the empty text and the empty list. Values of the same
 * type must be equal as they are. Not transitive.
 */
public final class FuzzyEquality {
  private FuzzyEquality() {}

  /**
   * @param missingIsEmpty whether {@code UNDEFINED} is as good as null
   */
  public static boolean equal(@Nullable Object a, @Nullable Object b, boolean missingIsEmpty) {
    if (Objects.equals(a, b)) {
      return true;
    }
    if (!missingIsEmpty && (a == Undefined.UNDEFINED || b == Undefined.UNDEFINED)) {
      return false;
    }
    if (isEmpty(a) && isEmpty(b)) {
      return true;
    }
    if (a == null || a == Undefined.UNDEFINED || b == null || b == Undefined.UNDEFINED) {
      return false;
    }
    return !kind(a).equals(kind(b)) && equalAcrossKinds(a, b);
  }

  private static boolean equalAcrossKinds(Object a, Object b) {
    return switch (a) {
      case Boolean flag -> equalsFlag(flag, b);
      case Double number ->
          b instanceof Boolean flag ? equalsFlag(flag, a) : equalsNumber(number, b);
      case String text ->
          switch (b) {
            case Boolean flag -> equalsFlag(flag, a);
            case Double number -> equalsNumber(number, a);
            default -> equalsText(b, text);
          };
      default -> b instanceof String text && equalsText(a, text);
    };
  }

  private static String kind(Object value) {
    return switch (value) {
      case String s -> "string";
      case Boolean b -> "boolean";
      case Double d -> "number";
      default -> "object";
    };
  }

  private static boolean isEmpty(@Nullable Object value) {
    return value == null
        || value == Undefined.UNDEFINED
        || value.equals("")
        || (value instanceof List<?> list && list.isEmpty());
  }

  private static boolean equalsFlag(boolean flag, Object other) {
    return switch (other) {
      case String text -> {
        String lower = text.toLowerCase(Locale.ROOT);
        yield lower.equals(flag ? "true" : "false") || lower.equals(flag ? "1" : "0");
      }
      case Double number -> number == (flag ? 1 : 0);
      default -> false;
    };
  }

  private static boolean equalsNumber(double number, Object other) {
    return other instanceof String text && !text.isBlank() && Coercion.toNumber(text) == number;
  }

  /** Whether the text is the structure's JSON. */
  private static boolean equalsText(Object structure, String text) {
    String trimmed = text.strip();
    boolean list = structure instanceof List<?> && trimmed.startsWith("[");
    boolean object = structure instanceof Map<?, ?> && trimmed.startsWith("{");
    if (!list && !object) {
      return false;
    }
    try {
      return structure.equals(Json.parse(trimmed));
    } catch (MillraceException notJson) {
      return false;
    }
  }
}
