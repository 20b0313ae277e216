package dev.millrace.control.http;

import dev.millrace.control.access.Principal;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request to an endpoint. One thread at a time.
 *
 * @param caller empty where nobody needs to be signed in
 * @param grant where the caller may do this; nowhere unless the endpoint is about projects
 * @param parameters of the path
 * @param queries each name with its first value
 * @param header looks a header up by its lower-case name
 * @param content the body
 * @param address where the request comes from, for the audit log
 */
public record Call(
    Optional<Principal> caller,
    Grant grant,
    Map<String, String> parameters,
    Map<String, String> queries,
    Function<String, Optional<String>> header,
    Content content,
    String address) {

  /** A request whose body is there. */
  public Call(
      Optional<Principal> caller,
      Grant grant,
      Map<String, String> parameters,
      Map<String, String> queries,
      Function<String, Optional<String>> header,
      byte[] body,
      String address) {
    this(caller, grant, parameters, queries, header, new Content(body), address);
  }

  /** The same, once it is known who calls and where he may. */
  Call by(Optional<Principal> who, Grant where) {
    return new Call(who, where, parameters, queries, header, content, address);
  }

  /** The same with the body, once that was read. */
  Call with(byte[] body) {
    return new Call(caller, grant, parameters, queries, header, new Content(body), address);
  }

  /** The same with another parameter of the path beside the others. */
  public Call withParameter(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(parameters);
    more.put(name, value);
    return new Call(caller, grant, more, queries, header, content, address);
  }

  /** The same with this query and no other. */
  public Call withQuery(Map<String, String> only) {
    return new Call(caller, grant, parameters, Map.copyOf(only), header, content, address);
  }

  /** The same with another body. */
  public Call withBody(@Nullable Object json) {
    return with(Json.write(json));
  }

  /** The same where the caller may do less. */
  public Call within(Grant less) {
    return new Call(caller, less, parameters, queries, header, content, address);
  }

  /** Who calls; only where the endpoint needs somebody. */
  public Principal principal() {
    return caller.orElseThrow(() -> new IllegalStateException("an open endpoint asks who calls"));
  }

  /** A parameter of the path. */
  public String path(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalStateException("the path has no " + name);
    }
    return value;
  }

  /** A value of the query, empty when it is not there or blank. */
  public Optional<String> query(String name) {
    return Optional.ofNullable(queries.get(name)).filter(value -> !value.isBlank());
  }

  /**
   * The query's {@code limit}.
   *
   * @throws MillraceException {@code INVALID_INPUT} when it is no number from 1 to the most
   */
  public int limit(int preset, int max) {
    return query("limit").map(text -> number("limit", text, 1, max)).orElse(preset);
  }

  /** A cookie that the caller sent. */
  public Optional<String> cookie(String name) {
    return header
        .apply("cookie")
        .flatMap(all ->
            Arrays.stream(all.split(";"))
                .map(String::strip)
                .filter(one -> one.startsWith(name + "="))
                .map(one -> one.substring(name.length() + 1))
                .findFirst());
  }

  /** Whether a value of the query is {@code true}; false when it is not there. */
  public boolean flag(String name) {
    return query(name)
        .map(text ->
            switch (text) {
              case "true", "1" -> true;
              case "false", "0" -> false;
              default -> throw invalid(name + " must be true or false");
            })
        .orElse(false);
  }

  /**
   * The body as a JSON object, which may be empty.
   *
   * @throws MillraceException {@code INVALID_JSON} or {@code INVALID_INPUT}
   */
  public Map<String, @Nullable Object> body() {
    return content.object();
  }

  /**
   * The body as a JSON list.
   *
   * @throws MillraceException {@code INVALID_JSON} or {@code INVALID_INPUT}
   */
  public List<?> list() {
    if (content.value() instanceof List<?> list) {
      return list;
    }
    throw invalid("The body must be a list");
  }

  /**
   * A text of the body that must be there.
   *
   * @throws MillraceException {@code INVALID_INPUT}
   */
  public String text(String field) {
    return optionalText(field)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> invalid(field + " must be a text that is not empty"));
  }

  /** The same of one that may be missing or null. */
  public Optional<String> optionalText(String field) {
    Object value = body().get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text) {
      return Optional.of(text);
    }
    throw invalid(field + " must be a text");
  }

  /** A list of texts of the body, empty when it is not there. */
  public List<String> texts(String field) {
    return switch (body().get(field)) {
      case null -> List.of();
      case List<?> list ->
          list.stream()
              .map(element -> {
                if (element instanceof String text) {
                  return text;
                }
                throw invalid(field + " must be a list of texts");
              })
              .toList();
      default -> throw invalid(field + " must be a list of texts");
    };
  }

  private static int number(String name, String text, int least, int most) {
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException none) {
      // Told below.
    }
    throw invalid(name + " must be a number from " + least + " to " + most);
  }

  /** What a handler throws for a place in a list that it did not name. */
  public static MillraceException invalidCursor() {
    return invalid("cursor must be the nextCursor of the page before");
  }

  /** What a handler throws for input that it cannot take. */
  public static MillraceException invalid(String what) {
    return new MillraceException(ErrorCode.INVALID_INPUT, what);
  }
}
