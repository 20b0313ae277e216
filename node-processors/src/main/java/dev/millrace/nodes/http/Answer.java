package dev.millrace.nodes.http;

import dev.millrace.http.HttpHeader;
import dev.millrace.item.BinaryData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service's answer, read.
 *
 * @param headers by name in lower case; several lines of one are joined, {@code set-cookie} is a
 *     list
 */
record Answer(int status, String reason, Map<String, @Nullable Object> headers, Body body) {
  /** What an answer carries. */
  sealed interface Body {
    /** What expressions see as {@code $response.body}. */
    @Nullable Object visible();
  }

  record JsonBody(@Nullable Object value) implements Body {
    @Override
    public @Nullable Object visible() {
      return value;
    }
  }

  record TextBody(String text) implements Body {
    @Override
    public String visible() {
      return text;
    }
  }

  /** A file that lies in the store already. */
  record FileBody(BinaryData file) implements Body {
    @Override
    public @Nullable Object visible() {
      return null;
    }
  }

  static Map<String, @Nullable Object> headers(List<HttpHeader> lines) {
    Map<String, @Nullable Object> headers = new LinkedHashMap<>();
    for (HttpHeader line : lines) {
      String name = line.name().toLowerCase(Locale.ROOT);
      Object known = headers.get(name);
      if (name.equals("set-cookie")) {
        List<@Nullable Object> all =
            known instanceof List<?> list ? new ArrayList<>(list) : new ArrayList<>();
        all.add(line.value());
        headers.put(name, all);
      } else {
        headers.put(name, known == null ? line.value() : known + ", " + line.value());
      }
    }
    return headers;
  }

  /** What expressions see as {@code $response}. */
  Map<String, @Nullable Object> visible() {
    Map<String, @Nullable Object> response = new LinkedHashMap<>();
    response.put("body", body.visible());
    response.put("headers", headers);
    response.put("statusCode", (double) status);
    response.put("statusMessage", reason);
    return response;
  }
}
