package dev.millrace.parameter;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Text that is nearly JSON, in two degrees: an object as JavaScript code writes it, and JSON as
 * people type it. Linear in the length of the text.
 */
public final class LenientJson {
  private final String text;
  private final boolean repair;
  private int at;

  private LenientJson(String text, boolean repair) {
    this.text = text;
    this.repair = repair;
  }

  /**
   * Parses JSON or, where it is none, what JavaScript takes for a literal: single quotes, names as
   * keys, trailing commas, comments, numbers such as {@code +.5} and {@code 0x10}.
   *
   * @throws MillraceException {@code INVALID_JSON} when it is neither
   */
  public static @Nullable Object literal(String text) {
    return parse(text, false);
  }

  /**
   * As {@link #literal}, and mends what is wrong: any text without quotes as key or value, missing
   * closing brackets.
   *
   * @throws MillraceException {@code INVALID_JSON} when not even that succeeds
   */
  public static @Nullable Object repaired(String text) {
    return parse(text, true);
  }

  private static @Nullable Object parse(String text, boolean repair) {
    try {
      return Json.parse(text);
    } catch (MillraceException notStrict) {
      if (notStrict.code() != ErrorCode.INVALID_JSON) {
        throw notStrict;
      }
      LenientJson parser = new LenientJson(text, repair);
      Object value = parser.value(0);
      parser.skip();
      if (repair && parser.peek() == ',') {
        parser.at++;
        parser.skip();
      }
      if (parser.at < text.length()) {
        throw parser.broken();
      }
      return value;
    }
  }

  private @Nullable Object value(int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw new MillraceException(
          ErrorCode.JSON_LIMIT, "the JSON is nested deeper than " + Json.MAX_DEPTH);
    }
    skip();
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"', '\'', '`' -> string();
      case '\0', ',', ':', '}', ']' -> throw broken();
      default -> word();
    };
  }

  private Map<String, @Nullable Object> object(int depth) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    at++;
    skip();
    while (peek() != '}') {
      char first = peek();
      if (repair && first == '\0') {
        return object;
      }
      String key = first == '"' || first == '\'' || first == '`' ? string() : bareKey();
      skip();
      if (peek() != ':') {
        throw broken();
      }
      at++;
      object.put(key, value(depth + 1));
      separator('}');
    }
    at++;
    return object;
  }

  private List<@Nullable Object> array(int depth) {
    List<@Nullable Object> array = new ArrayList<>();
    at++;
    skip();
    while (peek() != ']') {
      if (repair && peek() == '\0') {
        return array;
      }
      array.add(value(depth + 1));
      separator(']');
    }
    at++;
    return array;
  }

  private void separator(char close) {
    skip();
    if (peek() == ',') {
      at++;
      skip();
      if (peek() == ',') {
        throw broken();
      }
    } else if (peek() != close && (!repair || peek() != '\0')) {
      throw broken();
    }
  }

  private String string() {
    char quote = text.charAt(at++);
    StringBuilder value = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == quote) {
        return value.toString();
      }
      if (c != '\\' || at == text.length()) {
        value.append(c);
        continue;
      }
      char escaped = text.charAt(at++);
      switch (escaped) {
        case 'n' -> value.append('\n');
        case 't' -> value.append('\t');
        case 'r' -> value.append('\r');
        case 'b' -> value.append('\b');
        case 'f' -> value.append('\f');
        case 'u' -> value.append(unicode());
        default -> value.append(escaped);
      }
    }
    throw broken();
  }

  private char unicode() {
    try {
      char c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
      at += 4;
      return c;
    } catch (IndexOutOfBoundsException | NumberFormatException notHex) {
      throw broken();
    }
  }

  private String bareKey() {
    int start = at;
    while (at < text.length()
        && (Character.isJavaIdentifierPart(peek())
            || (repair && (peek() == '-' || peek() == '.')))) {
      at++;
    }
    if (start == at) {
      throw broken();
    }
    return text.substring(start, at);
  }

  private @Nullable Object word() {
    int start = at;
    while (at < text.length() && ",:{}[]\"'\n".indexOf(peek()) < 0) {
      at++;
    }
    String word = text.substring(start, at).strip();
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      case "null" -> null;
      case "" -> throw broken();
      default -> {
        Double number = number(word);
        if (number != null) {
          yield number;
        }
        if (!repair) {
          throw broken();
        }
        yield switch (word) {
          case "True" -> true;
          case "False" -> false;
          case "None", "undefined" -> null;
          default -> word;
        };
      }
    };
  }

  private static @Nullable Double number(String word) {
    boolean signed = word.charAt(0) == '-' || word.charAt(0) == '+';
    String digits = signed ? word.substring(1).strip() : word;
    if (digits.isEmpty() || (!Character.isDigit(digits.charAt(0)) && digits.charAt(0) != '.')) {
      return null;
    }
    double number = Coercion.toNumber(digits);
    return Double.isNaN(number) ? null : (Double) (word.charAt(0) == '-' ? -number : number);
  }

  private void skip() {
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at)) || text.charAt(at) == '\u00a0') {
        at++;
      } else if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        int end = text.indexOf("*/", at + 2);
        at = end < 0 ? text.length() : end + 2;
      } else {
        return;
      }
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private MillraceException broken() {
    return new MillraceException(
        ErrorCode.INVALID_JSON, "the text is not JSON at character " + (at + 1));
  }
}
