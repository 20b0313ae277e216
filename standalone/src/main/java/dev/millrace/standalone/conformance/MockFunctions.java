package dev.millrace.standalone.conformance;

import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * The functions among recorded exchanges, run as JavaScript without any access to the host. What
 * they call outside of themselves is written here anew, and so is one that the recording cut off.
 */
final class MockFunctions implements AutoCloseable {
  /**
   * The users that are asked for page by page: 15 of them, 404 past the end, each answer with a
   * link to the next and of the content type of its request.
   */
  private static final String HELPERS =
      """
      const queryOf = (text) => {
        const query = {};
        for (const pair of (text.split('?')[1] ?? '').split('&')) {
          if (pair) query[decodeURIComponent(pair.split('=')[0])] =
            decodeURIComponent((pair.split('=')[1] ?? '').replaceAll('+', ' '));
        }
        return query;
      };
      const url_1 = { parse: (uri) => ({ query: queryOf(uri) }) };
      class URL {
        constructor(uri) {
          this.pathname = uri.split('?')[0];
          const query = queryOf(uri);
          this.searchParams = {
            get: (name) => query[name] ?? null, has: (name) => name in query };
        }
      }
      const n8n_workflow_1 = { jsonParse: JSON.parse };
      function getPaginationReturnData(limit, skip) {
        const users = [];
        for (let id = skip; id < Math.min(skip + limit, 15); id++) users.push({ id });
        const type = this.req.headers['content-type'] ?? '';
        return [users.length ? 200 : 404, users, {
          'content-type': type.startsWith('text/') ? type : 'application/json',
          'next-url': `https://dummyjson.com/users?skip=${skip + limit}&limit=${limit}` }];
      }
      const completed = {
        'users by body': function (_uri, body) {
          const field = (name) => typeof body === 'string'
            ? body.match(new RegExp(`name="${name}"\\\\s+(\\\\d+)`))[1] : body[name];
          return getPaginationReturnData.call(this, parseInt(field('limit')), parseInt(field('skip')));
        }
      };
      (source, self, args) => {
        const cutOff = source.includes('name="skip"') && source.includes('name="limit"');
        const called = cutOff ? completed['users by body'] : eval(`(${source})`);
        return JSON.stringify(called.apply(JSON.parse(self), JSON.parse(args)) ?? null);
      }
      """;

  private static final String CALENDAR =
      """
      (source) => {
        const jest = { requireActual: () => ({ createEvent: (attributes) => attributes }) };
        return JSON.stringify(eval(`(${source})`)().createEvent({}));
      }
      """;

  private @Nullable Context context;
  private @Nullable Value caller;

  /** Whether a recorded predicate holds. */
  boolean test(Map<?, ?> marker, MockRequest request, @Nullable Object argument) {
    Object answer = call(marker, request, java.util.Collections.singletonList(argument));
    return dev.millrace.value.Coercion.toBoolean(answer);
  }

  /** What a recorded function answers for a request. */
  synchronized @Nullable Object call(
      Map<?, ?> marker, MockRequest request, List<? extends @Nullable Object> arguments) {
    Map<String, @Nullable Object> self = new LinkedHashMap<>();
    self.put(
        "req",
        Map.of("headers", request.headers(), "method", request.method(), "path", request.target()));
    try {
      Value result =
          caller()
              .execute(
                  String.valueOf(marker.get("$function")), Json.text(self), Json.text(arguments));
      return Json.parse(result.asString());
    } catch (PolyglotException failed) {
      // A predicate that throws does not hold, and a reply that throws is none.
      return null;
    }
  }

  /**
   * What a recorded replacement of a calendar library sets in every event, found by letting it make
   * one with a library that only gives it back.
   */
  synchronized Map<String, @Nullable Object> forcedByCalendar(String source) {
    try {
      String attributes = caller().getContext().eval("js", CALENDAR).execute(source).asString();
      return Json.parseObject(attributes.getBytes(StandardCharsets.UTF_8));
    } catch (PolyglotException failed) {
      return Map.of();
    }
  }

  private Value caller() {
    Value known = caller;
    if (known == null) {
      Context created =
          Context.newBuilder("js")
              .allowHostAccess(HostAccess.NONE)
              .option("engine.WarnInterpreterOnly", "false")
              .build();
      context = created;
      known = created.eval("js", HELPERS);
      caller = known;
    }
    return known;
  }

  @Override
  public synchronized void close() {
    Context open = context;
    if (open != null) {
      open.close(true);
    }
  }
}
