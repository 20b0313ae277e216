package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client of n8n's public API that is a table: each row is a call with what must come back.
 *
 * <p>A row is {@code method | path | body | status | shape}. In path, body and shape {@code {name}}
 * stands for a value that is known by then. In the shape, an object must have the fields named and
 * may have others, a list must have exactly its elements, and a text may stand for a kind: {@code
 * <text>}, {@code <flag>}, {@code <number>}, {@code <time>}, {@code <list>}, {@code <object>},
 * {@code <absent>}; {@code <text as name>} keeps the value under a name.
 */
final class PublicApiTable {
  private static final Pattern KIND = Pattern.compile("<([a-z]+)(?: as ([A-Za-z]+))?>");
  private static final Pattern KNOWN = Pattern.compile("\\{([A-Za-z]+)}");

  private final ControlServer server;
  private final String key;
  private final Map<String, String> known = new HashMap<>();
  private final List<String> called = new ArrayList<>();

  /**
   * @param key an API key, sent as n8n's clients do
   */
  PublicApiTable(ControlServer server, String key) {
    this.server = server;
    this.key = key;
  }

  PublicApiTable with(String name, String value) {
    known.put(name, value);
    return this;
  }

  String value(String name) {
    return Objects.requireNonNull(known.get(name), name);
  }

  /** Method and path of each call so far. */
  List<String> called() {
    return called;
  }

  /** Makes the calls of a table, in order. */
  void run(String table) {
    table.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(this::row);
  }

  private void row(String line) {
    String[] cells = line.split("\\|", -1);
    assertThat(cells).as(line).hasSize(5);
    String method = cells[0].strip();
    String path = filled(cells[1].strip());
    String body = filled(cells[2].strip());
    String shape = filled(cells[4].strip());
    Reply reply =
        server.call(
            method,
            "/api/v1" + path,
            null,
            body.isEmpty() ? null : Json.parse(body),
            body.isEmpty()
                ? new String[] {"x-n8n-api-key", key}
                : new String[] {"x-n8n-api-key", key, "content-type", "application/json"});
    called.add(method + " /api/v1" + path.replaceAll("\\?.*", ""));
    String answered = reply.response().body();
    assertThat(reply.status())
        .as(line + "\n" + answered)
        .isEqualTo(Integer.parseInt(cells[3].strip()));
    if (reply.status() >= 400) {
      // n8n's clients look for this, others for a problem document.
      assertThat(reply.json().get("message")).as(line).isInstanceOf(String.class);
      assertThat(reply.header("content-type")).startsWith("application/problem+json");
    }
    if (shape.isEmpty()) {
      if (reply.status() == 204) {
        assertThat(answered).as(line).isEmpty();
      }
      return;
    }
    match(Json.parse(shape), Json.parse(answered.getBytes(StandardCharsets.UTF_8)), line, "");
  }

  /** Braces of JSON hold more than a name. */
  private String filled(String text) {
    return KNOWN.matcher(text).replaceAll(name -> Matcher.quoteReplacement(value(name.group(1))));
  }

  private void match(@Nullable Object shape, @Nullable Object value, String line, String at) {
    String what = line + "\nat " + at + ": " + Json.text(value);
    if (shape instanceof Map<?, ?> fields) {
      assertThat(value).as(what).isInstanceOf(Map.class);
      Map<?, ?> object = (Map<?, ?>) Objects.requireNonNull(value);
      fields.forEach((name, each) -> {
        if ("<absent>".equals(each)) {
          assertThat(object.containsKey(name)).as(what + " has " + name).isFalse();
        } else {
          assertThat(object.containsKey(name)).as(what + " has no " + name).isTrue();
          match(each, object.get(name), line, at + "." + name);
        }
      });
    } else if (shape instanceof List<?> elements) {
      assertThat(value).as(what).isInstanceOf(List.class);
      List<?> list = (List<?>) Objects.requireNonNull(value);
      assertThat(list).as(what).hasSize(elements.size());
      for (int i = 0; i < elements.size(); i++) {
        match(elements.get(i), list.get(i), line, at + "[" + i + "]");
      }
    } else if (shape instanceof String text && KIND.matcher(text).matches()) {
      kind(text, value, what);
    } else {
      assertThat(value).as(what).isEqualTo(shape);
    }
  }

  private void kind(String text, @Nullable Object value, String what) {
    Matcher kind = KIND.matcher(text);
    assertThat(kind.matches()).as(text).isTrue();
    boolean right =
        switch (kind.group(1)) {
          case "text" -> value instanceof String some && !some.isEmpty();
          case "flag" -> value instanceof Boolean;
          case "number" -> value instanceof Double;
          case "time" -> value instanceof String some && Instant.parse(some).toEpochMilli() > 0;
          case "list" -> value instanceof List<?>;
          case "object" -> value instanceof Map<?, ?>;
          default -> throw new IllegalArgumentException(text);
        };
    assertThat(right).as(what + " is no " + kind.group(1)).isTrue();
    String name = kind.group(2);
    if (name != null) {
      known.put(name, String.valueOf(value));
    }
  }
}
