package dev.millrace.control.graphql;

import dev.millrace.control.http.Api;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads fields by the endpoints that answer them, as whoever asks. Thread-safe. */
final class Reader {
  /** Where the context of a query has the call that it came with. */
  static final String CALL = "call";

  private final Supplier<Api> api;

  /**
   * An argument that is not given but follows from where one is.
   *
   * @param from a field of the object that one is at
   */
  record Filled(String argument, String from) {}

  Reader(Supplier<Api> api) {
    this.api = api;
  }

  DataFetcher<@Nullable Object> fetcher(Endpoint endpoint, Optional<Filled> filled) {
    return environment -> {
      Map<String, String> values = new HashMap<>();
      environment
          .getArguments()
          .forEach((name, value) -> {
            if (value != null) {
              values.put(name, String.valueOf(value));
            }
          });
      if (filled.isPresent()) {
        Object value = field(environment, filled.get().from());
        if (value == null) {
          return null;
        }
        values.put(filled.get().argument(), String.valueOf(value));
      }
      Call call = Objects.requireNonNull(environment.getGraphQlContext().<Call>get(CALL), CALL);
      return api.get().read(endpoint, call, values);
    };
  }

  private static @Nullable Object field(DataFetchingEnvironment environment, String name) {
    return environment.getSource() instanceof Map<?, ?> source ? source.get(name) : null;
  }
}
