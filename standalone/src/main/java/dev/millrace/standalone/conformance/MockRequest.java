package dev.millrace.standalone.conformance;

import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that a node made.
 *
 * @param origin such as {@code https://api.example}, without the port that the scheme implies
 * @param target path and query, percent-encoded
 * @param headers by name in lower case
 */
public record MockRequest(
    String method, String origin, String target, Map<String, String> headers, byte[] body) {

  String path() {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }

  /** The parameters of the query; a name that occurs twice has a list. */
  Map<String, @Nullable Object> query() {
    int question = target.indexOf('?');
    return question < 0 ? Map.of() : parameters(target.substring(question + 1));
  }

  /** URL-encoded parameters, with {@code name[]} read as {@code name}. */
  static Map<String, @Nullable Object> parameters(String text) {
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    for (String pair : text.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      boolean list = name.endsWith("[]");
      String key = list ? name.substring(0, name.length() - 2) : name;
      if (list || parameters.containsKey(key)) {
        List<@Nullable Object> all = new ArrayList<>();
        Object known = parameters.get(key);
        if (known instanceof List<?> before) {
          all.addAll(before);
        } else if (known != null) {
          all.add(known);
        }
        all.add(value);
        parameters.put(key, all);
      } else {
        parameters.put(key, value);
      }
    }
    return parameters;
  }

  static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException plain) {
      return text;
    }
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** The body as its content type says: JSON, the fields of a form, or text. */
  @Nullable Object content() {
    String type = headers.getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
    if (type.contains("json")) {
      try {
        return Json.parse(text());
      } catch (MillraceException notJson) {
        return text();
      }
    }
    return type.contains("x-www-form-urlencoded") ? parameters(text()) : text();
  }

  /** For reports; never the headers, which may hold secrets. */
  @Override
  public String toString() {
    return method + " " + origin + target;
  }
}
