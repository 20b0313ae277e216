package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The description of an API by OpenAPI 3.1, made from its endpoints. */
public final class OpenApi {
  private static final String PROBLEM = "Problem";

  /** What {@link Problems} answers. */
  private static final Schema PROBLEM_SCHEMA =
      Schema.object()
          .must("type", Schema.text())
          .must("title", Schema.text())
          .must("status", Schema.whole(400, 599))
          .must("code", Schema.matching("MR-[0-9]{4}"))
          .must("detail", Schema.text())
          .must("advice", Schema.text())
          .andOthers()
          .named(PROBLEM);

  private OpenApi() {}

  /** The endpoints, and one more that describes them all. */
  public static List<Endpoint> described(List<Endpoint> endpoints) {
    List<Endpoint> all = new ArrayList<>(endpoints);
    all.add(
        new Endpoint(
                "GET",
                "/api/openapi.json",
                "api.describe",
                "This description, by OpenAPI 3.1",
                new Access.Open(),
                describing(() -> all))
            .gives(Schema.free()));
    return List.copyOf(all);
  }

  /**
   * Answers the description of endpoints. It is made when it is first asked for and not again:
   * anybody may ask.
   */
  public static Handler describing(Supplier<List<Endpoint>> endpoints) {
    AtomicReference<@Nullable Answer> made = new AtomicReference<>();
    return call -> {
      Answer known = made.get();
      if (known == null) {
        known = Answer.ok(of(endpoints.get()));
        made.set(known);
      }
      return known;
    };
  }

  /** The document, as JSON. */
  public static Map<String, @Nullable Object> of(List<Endpoint> endpoints) {
    Map<String, Schema> named = new TreeMap<>();
    Map<String, Map<String, @Nullable Object>> paths = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      paths
          .computeIfAbsent(endpoint.path(), path -> new LinkedHashMap<>())
          .put(endpoint.method().toLowerCase(Locale.ROOT), operation(endpoint, named));
    }
    return object(
        "openapi",
        "3.1.0",
        "info",
        object(
            "title",
            "Millrace",
            "version",
            "1",
            "description",
            "Definitions, executions, credentials, users and projects of a Millrace installation."),
        "servers",
        List.of(object("url", "/")),
        "paths",
        paths,
        "components",
        object(
            "schemas",
            definitions(named),
            "securitySchemes",
            object(
                "bearer",
                object(
                    "type",
                    "http",
                    "scheme",
                    "bearer",
                    "description",
                    "An access token or an API key"),
                "apiKey",
                object("type", "apiKey", "in", "header", "name", "X-N8N-API-KEY"))));
  }

  private static Map<String, @Nullable Object> operation(
      Endpoint endpoint, Map<String, Schema> named) {
    Map<String, @Nullable Object> operation =
        object(
            "operationId",
            endpoint.id(),
            "summary",
            endpoint.summary(),
            "tags",
            List.of(endpoint.id().substring(0, endpoint.id().indexOf('.'))),
            "parameters",
            parameters(endpoint, named),
            "responses",
            responses(endpoint, named),
            "security",
            endpoint.access() instanceof Access.Open
                ? List.of()
                : List.of(object("bearer", List.of()), object("apiKey", List.of())));
    endpoint
        .takes()
        .ifPresent(body ->
            operation.put(
                "requestBody",
                object("required", true, "content", content("application/json", body, named))));
    switch (endpoint.access()) {
      case Access.Installation(var scope) -> operation.put("x-scope", scope.text());
      case Access.Project(var scope) -> operation.put("x-project-scope", scope.text());
      case Access.Open() -> {}
      case Access.SignedIn() -> {}
    }
    return operation;
  }

  private static List<Map<String, @Nullable Object>> parameters(
      Endpoint endpoint, Map<String, Schema> named) {
    List<Map<String, @Nullable Object>> parameters = new ArrayList<>();
    for (String name : endpoint.pathParameters()) {
      parameters.add(
          object("name", name, "in", "path", "required", true, "schema", object("type", "string")));
    }
    endpoint
        .query()
        .known()
        .forEach(parameter ->
            parameters.add(
                object(
                    "name",
                    parameter.name(),
                    "in",
                    "query",
                    "description",
                    parameter.about(),
                    "schema",
                    parameter.schema().json(named))));
    return parameters;
  }

  private static Map<String, @Nullable Object> responses(
      Endpoint endpoint, Map<String, Schema> named) {
    Map<String, @Nullable Object> responses = new LinkedHashMap<>();
    if (endpoint.gives().isEmpty()) {
      responses.put("204", object("description", "Done"));
    }
    Map<Integer, Map<String, @Nullable Object>> given = new TreeMap<>();
    endpoint
        .gives()
        .forEach(one ->
            given
                .computeIfAbsent(one.status(), status -> new LinkedHashMap<>())
                .putAll(
                    one.type().isEmpty() ? Map.of() : content(one.type(), one.schema(), named)));
    given.forEach((status, content) ->
        responses.put(
            String.valueOf(status),
            content.isEmpty()
                ? object("description", "Elsewhere")
                : object(
                    "description", status == 202 ? "On its way" : "Done", "content", content)));
    Map<Integer, List<String>> failures = new TreeMap<>();
    for (ErrorCode code : endpoint.problems()) {
      failures
          .computeIfAbsent(Problems.status(code), status -> new ArrayList<>())
          .add(code.code() + " " + Problems.title(code));
    }
    failures.forEach((status, titles) -> {
      Map<String, @Nullable Object> content =
          new LinkedHashMap<>(given.getOrDefault(status, Map.of()));
      content.putAll(content("application/problem+json", PROBLEM_SCHEMA, named));
      responses.put(
          String.valueOf(status),
          object("description", String.join("; ", titles), "content", content));
    });
    return responses;
  }

  private static Map<String, @Nullable Object> content(
      String type, Schema schema, Map<String, Schema> named) {
    return type.isEmpty() ? Map.of() : object(type, object("schema", schema.json(named)));
  }

  /** The named schemas, and those that they name in turn. */
  private static Map<String, @Nullable Object> definitions(Map<String, Schema> named) {
    Map<String, @Nullable Object> definitions = new TreeMap<>();
    while (definitions.size() < named.size()) {
      for (Map.Entry<String, Schema> one : List.copyOf(named.entrySet())) {
        if (!definitions.containsKey(one.getKey())) {
          definitions.put(one.getKey(), one.getValue().json(named));
        }
      }
    }
    return definitions;
  }

  private static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return object;
  }
}
