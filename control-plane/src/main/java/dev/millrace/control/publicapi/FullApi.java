package dev.millrace.control.publicapi;

import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Handler;
import dev.millrace.error.ErrorCode;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of the full API, to be served under the paths and in the shapes of n8n's. What they
 * do, for whom, and what is noted of it stays as it is there. Immutable.
 */
final class FullApi {
  private final Map<String, Endpoint> byId;

  FullApi(List<Endpoint> endpoints) {
    this.byId =
        endpoints.stream().collect(Collectors.toUnmodifiableMap(Endpoint::id, Function.identity()));
  }

  /**
   * What an endpoint does; it checks nothing of what it is called with.
   *
   * @throws IllegalArgumentException when there is no such endpoint
   */
  Handler handler(String id) {
    return endpoint(id).handler();
  }

  /** What an endpoint that answers an object answers to a call. */
  Map<String, @Nullable Object> call(String id, Call call) {
    return Json.parseObject(handler(id).handle(call).body());
  }

  /**
   * An endpoint in the same shape.
   *
   * @param path below {@code /api/v1}
   * @param id without the prefix that all here have
   * @param source the endpoint of the full API
   * @param in makes its call of the one that comes
   */
  Endpoint same(String method, String path, String id, String source, UnaryOperator<Call> in) {
    Endpoint full = endpoint(source);
    Endpoint shown =
        shaped(method, path, id, source, call -> full.handler().handle(in.apply(call)));
    return new Endpoint(
        shown.method(),
        shown.path(),
        shown.id(),
        shown.summary(),
        shown.access(),
        shown.handler(),
        full.query(),
        full.takes(),
        full.gives(),
        full.failures());
  }

  /**
   * An endpoint in another shape, which is still to say what it takes and gives.
   *
   * @param handler calls the one of the full API
   */
  Endpoint shaped(String method, String path, String id, String source, Handler handler) {
    Endpoint full = endpoint(source);
    return PublicEndpoint.of(method, path, id, full.summary(), full.access(), handler)
        .fails(full.failures().toArray(new ErrorCode[0]));
  }

  private Endpoint endpoint(String id) {
    Endpoint endpoint = byId.get(id);
    if (endpoint == null) {
      throw new IllegalArgumentException("there is no endpoint " + id);
    }
    return endpoint;
  }

  /** Makes a call with a parameter of its path under another name. */
  static UnaryOperator<Call> renamed(String from, String to) {
    return call -> call.withParameter(to, call.path(from));
  }

  /** The objects of a list that an answer has. */
  static List<Map<?, ?>> rows(@Nullable Object list) {
    List<Map<?, ?>> rows = new ArrayList<>();
    if (list instanceof List<?> all) {
      for (Object each : all) {
        if (each instanceof Map<?, ?> row) {
          rows.add(row);
        }
      }
    }
    return rows;
  }

  /** A text that an answer has, null where it has none. */
  static @Nullable String text(Map<?, ?> json, String field) {
    return json.get(field) instanceof String text ? text : null;
  }
}
