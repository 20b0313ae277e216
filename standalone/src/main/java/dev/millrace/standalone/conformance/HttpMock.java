package dev.millrace.standalone.conformance;

import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A recorded exchange: which request it is for, and what is answered.
 *
 * @param baseUrl scheme, host and the beginning of the path
 * @param path the rest of the path, with or without a query; or a regular expression as {@code
 *     {$regex, flags}}
 * @param query parameters; true for any; undefined when the path says it all
 * @param requestBody undefined for any
 * @param requestHeaders values by name
 * @param status a number, or a function that answers {@code [status, body, headers]}
 * @param times how often it answers; {@link Integer#MAX_VALUE} for always
 */
public record HttpMock(
    String method,
    String baseUrl,
    Object path,
    @Nullable Object query,
    @Nullable Object requestBody,
    Map<String, @Nullable Object> requestHeaders,
    @Nullable Object status,
    @Nullable Object responseBody,
    Map<String, @Nullable Object> responseHeaders,
    int times) {

  /** Whether this exchange is for a request. */
  boolean matches(MockRequest request, MockFunctions functions) {
    return method.equalsIgnoreCase(request.method())
        && matchesUrl(request, functions)
        && matchesHeaders(request, functions)
        && matchesBody(request, functions);
  }

  private boolean matchesUrl(MockRequest request, MockFunctions functions) {
    int start = baseUrl.indexOf('/', baseUrl.indexOf("://") + 3);
    String origin = start < 0 ? baseUrl : baseUrl.substring(0, start);
    String prefix = start < 0 ? "" : withoutEnd(baseUrl.substring(start));
    if (!origin.equalsIgnoreCase(request.origin())) {
      return false;
    }
    if (path instanceof Map<?, ?> marker && marker.get("$regex") instanceof String regex) {
      return request.target().startsWith(prefix)
          && Pattern.compile(regex).matcher(request.target().substring(prefix.length())).find();
    }
    String whole = prefix + path;
    int question = whole.indexOf('?');
    String wanted = question < 0 ? whole : whole.substring(0, question);
    if (wanted.isEmpty()) {
      wanted = "/";
    }
    if (!MockRequest.decoded(wanted).equals(MockRequest.decoded(request.path()))) {
      return false;
    }
    if (Boolean.TRUE.equals(query)) {
      return true;
    }
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    if (question >= 0) {
      parameters.putAll(MockRequest.parameters(whole.substring(question + 1)));
    }
    if (query instanceof Map<?, ?> object) {
      if (object.containsKey("$function")) {
        return functions.test(object, request, request.query());
      }
      object.forEach((name, value) -> parameters.put(String.valueOf(name), value));
    } else if (query instanceof String text) {
      parameters.putAll(MockRequest.parameters(text));
    }
    return texts(parameters).equals(texts(request.query()));
  }

  private static String withoutEnd(String prefix) {
    return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
  }

  private boolean matchesHeaders(MockRequest request, MockFunctions functions) {
    for (Map.Entry<String, @Nullable Object> header : requestHeaders.entrySet()) {
      String actual = request.headers().get(header.getKey().toLowerCase(Locale.ROOT));
      Object wanted = header.getValue();
      if (actual == null) {
        return false;
      }
      if (wanted instanceof Map<?, ?> marker) {
        boolean fits =
            marker.get("$regex") instanceof String regex
                ? Pattern.compile(regex).matcher(actual).find()
                : functions.test(marker, request, actual);
        if (!fits) {
          return false;
        }
      } else if (!actual.equals(Coercion.toText(wanted))) {
        return false;
      }
    }
    return true;
  }

  private boolean matchesBody(MockRequest request, MockFunctions functions) {
    if (requestBody == Undefined.UNDEFINED) {
      return true;
    }
    Object content = request.content();
    if (requestBody instanceof Map<?, ?> marker && marker.containsKey("$function")) {
      return functions.test(marker, request, content);
    }
    if (requestBody instanceof String text) {
      return text.equals(request.text()) || sameJson(text, request.text());
    }
    boolean form =
        request.headers().getOrDefault("content-type", "").contains("x-www-form-urlencoded");
    return form
        ? Objects.equals(texts(requestBody), texts(content))
        : JsonDifference.first("", requestBody, content).isEmpty();
  }

  private static boolean sameJson(String a, String b) {
    try {
      return JsonDifference.first("", Json.parse(a), Json.parse(b)).isEmpty();
    } catch (MillraceException notJson) {
      return false;
    }
  }

  /** With every leaf as text: a query and a form know nothing else. */
  private static Object texts(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, Object> texts = new LinkedHashMap<>();
        map.forEach((key, member) -> texts.put(String.valueOf(key), texts(member)));
        yield texts;
      }
      case List<?> list -> list.stream().map(HttpMock::texts).toList();
      case null -> "";
      default -> Coercion.toText(value);
    };
  }
}
