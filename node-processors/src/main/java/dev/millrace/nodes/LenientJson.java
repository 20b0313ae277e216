package dev.millrace.nodes;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as people type it: single quotes, keys without quotes, trailing commas, comments and missing
 * closing brackets are understood. Linear in the length of the text.
 */
public final class LenientJson {
  private final String text;
  private int at;

  private LenientJson(String text) {
    this.text = text;
  }

  /**
   * Parses strict JSON first, then leniently.
   *
   * @throws MillraceException {@code INVALID_JSON} when not even that succeeds
   */
  public static @Nullable Object parse(String text) {
    try {
      return Json.parse(text);
    } catch (MillraceException notStrict) {
      if (notStrict.code() != ErrorCode.INVALID_JSON) {
        throw notStrict;
      }
      LenientJson parser = new LenientJson(text);
      Object value = parser.value(0);
      parser.skip();
      if (parser.peek() == ',') {
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
      if (first == '\0') {
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
      if (peek() == '\0') {
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
    } else if (peek() != close && peek() != '\0') {
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
    while (at < text.length() && (Character.isJavaIdentifierPart(peek()) || peek() == '-')) {
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
      case "true", "True" -> true;
      case "false", "False" -> false;
      case "null", "None", "undefined" -> null;
      case "" -> throw broken();
      default -> {
        try {
          yield Json.parse(word);
        } catch (MillraceException notANumber) {
          yield word;
        }
      }
    };
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
