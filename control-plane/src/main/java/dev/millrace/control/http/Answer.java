package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is told.
 *
 * @param headers names in lower case
 * @param content what follows the headers
 */
public record Answer(int status, Map<String, String> headers, Payload content) {
  static final String JSON = "application/json; charset=utf-8";
  static final String PROBLEM = "application/problem+json; charset=utf-8";

  /** The content type of a stream of events. */
  public static final String EVENTS = "text/event-stream";

  /** What follows the headers. */
  public sealed interface Payload {}

  /**
   * All at once.
   *
   * @param bytes in UTF-8, empty for nothing
   */
  public record Whole(byte[] bytes) implements Payload {}

  /**
   * Events, as they come.
   *
   * @param grant looks up where the caller may see them now
   */
  public record Events(EventSource source, Supplier<Grant> grant) implements Payload {}

  /**
   * One with a body.
   *
   * @param body in UTF-8, empty for none
   */
  public Answer(int status, Map<String, String> headers, byte[] body) {
    this(status, headers, new Whole(body));
  }

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

  /** 200, and events from now on. */
  public static Answer events(EventSource source) {
    return new Answer(
        200,
        Map.of("content-type", EVENTS + "; charset=utf-8"),
        new Events(
            source,
            () -> {
              throw new MillraceException(ErrorCode.INTERNAL, "nobody looks up who is served");
            }));
  }

  static Answer json(int status, String type, @Nullable Object json) {
    return new Answer(status, Map.of("content-type", type), Json.write(json));
  }

  /** The same with one more header. */
  public Answer with(String header, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(header, value);
    return new Answer(status, all, content);
  }

  /** The same, where a stream's caller is looked up in this way. */
  Answer grantedBy(Supplier<Grant> grant) {
    return switch (content) {
      case Whole whole -> this;
      case Events events -> new Answer(status, headers, new Events(events.source(), grant));
    };
  }

  /**
   * The body of an answer that has one.
   *
   * @throws IllegalStateException when it is a stream
   */
  public byte[] body() {
    return switch (content) {
      case Whole whole -> whole.bytes();
      case Events events -> throw new IllegalStateException("a stream of events has no body");
    };
  }
}
