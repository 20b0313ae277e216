package dev.millrace.control.http;

import dev.millrace.value.Json;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is told.
 *
 * @param headers names in lower case
 * @param body in UTF-8, empty for none
 */
public record Answer(int status, Map<String, String> headers, byte[] body) {
  static final String JSON = "application/json; charset=utf-8";
  static final String PROBLEM = "application/problem+json; charset=utf-8";

  /** 200 with a JSON value. */
  public static Answer ok(@Nullable Object json) {
    return json(200, JSON, json);
  }

  /**
   * 200 with a page of a list.
   *
   * @param nextCursor where the next one begins; null behind the last
   */
  public static Answer page(List<?> rows, @Nullable String nextCursor) {
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("data", rows);
    page.put("nextCursor", nextCursor);
    return ok(page);
  }

  /** 201 with a JSON value. */
  public static Answer created(@Nullable Object json) {
    return json(201, JSON, json);
  }

  /** 202 with a JSON value: it is on its way. */
  public static Answer accepted(@Nullable Object json) {
    return json(202, JSON, json);
  }

  /** 204. */
  public static Answer none() {
    return new Answer(204, Map.of(), new byte[0]);
  }

  /** 303: a browser goes on there. */
  public static Answer redirect(URI to) {
    return new Answer(303, Map.of("location", to.toString()), new byte[0]);
  }

  static Answer json(int status, String type, @Nullable Object json) {
    return new Answer(status, Map.of("content-type", type), Json.write(json));
  }

  /** The same with one more header. */
  public Answer with(String header, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(header, value);
    return new Answer(status, all, body);
  }
}
