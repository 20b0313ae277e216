package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.value.Json;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Reads the description of the API as a client does, and sends every operation what it asks for and
 * what it does not: each answer must be one that the description has, of the form that it has
 * there. The seed, which a failure tells, repeats a run ({@code -Dmillrace.seed}).
 */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class ApiFuzzTest {
  private static final int EACH = Integer.getInteger("millrace.fuzz", 20);

  /** These would end the caller's session for all that come after. */
  private static final List<String> ENDING = List.of("auth.signOut", "me.changePassword");

  private static final List<Object> HOSTILE =
      List.of(
          "",
          " ",
          "\u0000",
          "' or 1=1 --",
          "../../etc/passwd",
          "%",
          "𝕊\ud800",
          "x".repeat(5_000),
          "2026-13-45T99:99:99Z",
          "-1",
          "1e309",
          -1.0,
          1e300,
          0.5,
          true,
          List.of(),
          List.of(List.of("x")),
          Map.of(),
          Map.of("a", Map.of("b", 1.0)));

  private final long seed = Long.getLong("millrace.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private final Map<String, com.networknt.schema.Schema> schemas = new TreeMap<>();
  private final Map<String, List<String>> kinds = new TreeMap<>();
  private final List<String> ids = new ArrayList<>(List.of("nothing"));
  private final List<String> broken = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private Map<?, ?> document;

  @Test
  void everyAnswerIsOneThatTheDescriptionHas(Database.Settings settings, URI redis) {
    try (ControlServer server = new ControlServer(settings, redis, InstantSource.system())) {
      String owner = server.setUp();
      document = server.call("GET", "/api/openapi.json", null, null).json();
      seedObjects(server, owner);
      Map<String, Integer> answered = new TreeMap<>();
      int sent = 0;
      for (Operation operation : operations()) {
        boolean served = false;
        for (int i = 0; i < EACH; i++) {
          String proof = i % 10 == 9 ? null : owner;
          Object body = body(operation, i);
          String path = path(operation, i);
          Reply reply = server.call(operation.method(), path, proof, body);
          sent++;
          answered.merge(String.valueOf(reply.status()), 1, Integer::sum);
          served |= reply.status() < 300;
          check(operation, path, body, reply);
          remember(operation.path(), reply);
        }
        answered.merge(served ? "operations served" : "operations refused", 1, Integer::sum);
      }
      assertThat(broken).as("seed " + seed).isEmpty();
      assertThat(sent).isGreaterThan(1_500);
      // Or nothing would be tried but how input is refused.
      assertThat(answered.getOrDefault("operations served", 0))
          .as(answered.toString())
          .isGreaterThan(answered.getOrDefault("operations refused", 0) / 2);
    }
  }

  private record Operation(String method, String path, String id, Map<?, ?> json) {
    List<Map<?, ?>> parameters(String in) {
      List<Map<?, ?>> all = new ArrayList<>();
      if (json.get("parameters") instanceof List<?> list) {
        list.forEach(each -> {
          if (each instanceof Map<?, ?> parameter && in.equals(parameter.get("in"))) {
            all.add(parameter);
          }
        });
      }
      return all;
    }
  }

  private List<Operation> operations() {
    List<Operation> all = new ArrayList<>();
    map(document.get("paths"))
        .forEach((path, methods) ->
            map(methods)
                .forEach((method, json) -> {
                  Operation operation =
                      new Operation(
                          String.valueOf(method).toUpperCase(Locale.ROOT),
                          String.valueOf(path),
                          String.valueOf(map(json).get("operationId")),
                          map(json));
                  if (!ENDING.contains(operation.id())) {
                    all.add(operation);
                  }
                }));
    return all;
  }

  /** Something of each kind, so that an id can be right. */
  private void seedObjects(ControlServer server, String owner) {
    remember(
        "/api/workflows",
        server.call(
            "POST", "/api/workflows", owner, WorkflowLifeTest.workflow("Fuzzed", "fuzzed")));
    remember(
        "/api/projects", server.call("POST", "/api/projects", owner, Map.of("name", "Fuzzed")));
    remember(
        "/api/users",
        server.call("POST", "/api/users", owner, Map.of("email", "fuzzed@example.com")));
    remember(
        "/api/me/api-keys",
        server.call("POST", "/api/me/api-keys", owner, Map.of("label", "fuzzed")));
  }

  /** Ids that answers have are used again. */
  private void remember(String path, Reply reply) {
    if (reply.status() == 201
        && reply.response().body().startsWith("{")
        && reply.json().get("id") instanceof String id
        && ids.size() < 60) {
      ids.add(id);
      kinds.computeIfAbsent(kind(path), kind -> new ArrayList<>()).add(id);
    }
  }

  /** What a path is about: its last part that is no parameter. */
  private static String kind(String path) {
    return Arrays.stream(path.split("/"))
        .filter(part -> !part.startsWith("{"))
        .reduce("", (before, part) -> part);
  }

  /** Mostly one of what the path before it is about, where there is one. */
  private String id(String before) {
    List<String> right = kinds.getOrDefault(kind(before), List.of());
    return right.isEmpty() || random.nextInt(4) == 0
        ? ids.get(random.nextInt(ids.size()))
        : right.get(random.nextInt(right.size()));
  }

  private String path(Operation operation, int round) {
    String path = operation.path();
    for (Map<?, ?> parameter : operation.parameters("path")) {
      String value =
          round % 4 == 3
              ? hostileText()
              : id(path.substring(0, path.indexOf("/{" + parameter.get("name") + "}")));
      path =
          path.replace(
              "{" + parameter.get("name") + "}",
              URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
    }
    List<String> query = new ArrayList<>();
    for (Map<?, ?> parameter : operation.parameters("query")) {
      if (random.nextInt(3) == 0) {
        Object value =
            random.nextInt(3) == 0 ? hostileText() : valid(map(parameter.get("schema")), 0);
        String text =
            value instanceof Double number ? String.valueOf(number.longValue()) : "" + value;
        query.add(parameter.get("name") + "=" + URLEncoder.encode(text, StandardCharsets.UTF_8));
      }
    }
    if (random.nextInt(20) == 0) {
      query.add("unknown=1");
    }
    return query.isEmpty() ? path : path + "?" + String.join("&", query);
  }

  /** Text that may stand in a path at all. */
  private String hostileText() {
    Object value = HOSTILE.get(random.nextInt(HOSTILE.size()));
    String text = value instanceof String all && !all.isEmpty() ? all : "x" + value;
    return text.length() > 300 ? text.substring(0, 300) : text;
  }

  private @Nullable Object body(Operation operation, int round) {
    if (!(operation.json().get("requestBody") instanceof Map<?, ?> body)) {
      return operation.method().equals("POST") && random.nextInt(10) == 0 ? Map.of("x", 1.0) : null;
    }
    Map<?, ?> schema = map(map(map(body.get("content")).get("application/json")).get("schema"));
    Object value = valid(schema, 0);
    return round % 3 == 0 || !(value instanceof Map<?, ?> object) ? value : bent(object);
  }

  /** The same with one thing about it that is not asked for. */
  private Object bent(Map<?, ?> object) {
    Map<String, @Nullable Object> bent = new LinkedHashMap<>();
    object.forEach((name, value) -> bent.put(String.valueOf(name), value));
    List<String> names = new ArrayList<>(bent.keySet());
    switch (names.isEmpty() ? 0 : random.nextInt(4)) {
      case 0 ->
          bent.put("unknown" + random.nextInt(3), HOSTILE.get(random.nextInt(HOSTILE.size())));
      case 1 -> bent.remove(names.get(random.nextInt(names.size())));
      case 2 -> bent.put(names.get(random.nextInt(names.size())), null);
      default ->
          bent.put(
              names.get(random.nextInt(names.size())), HOSTILE.get(random.nextInt(HOSTILE.size())));
    }
    return bent;
  }

  /** A value that a schema allows. */
  private @Nullable Object valid(Map<?, ?> schema, int depth) {
    if (schema.get("$ref") instanceof String reference) {
      String name = reference.substring(reference.lastIndexOf('/') + 1);
      return name.equals("WorkflowDocument")
          ? WorkflowLifeTest.workflow("Fuzzed " + random.nextInt(9), "fuzzed" + random.nextInt(9))
          : valid(map(map(map(document.get("components")).get("schemas")).get(name)), depth);
    }
    if (schema.get("anyOf") instanceof List<?> choices) {
      return valid(map(choices.get(random.nextInt(choices.size()))), depth);
    }
    if (schema.get("enum") instanceof List<?> values) {
      return values.get(random.nextInt(values.size()));
    }
    return switch (String.valueOf(schema.get("type"))) {
      case "string" -> text(schema);
      case "integer", "number" -> (double) random.nextInt(1, 200);
      case "boolean" -> random.nextBoolean();
      case "null" -> null;
      case "array" -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0 && depth < 5; i--) {
          list.add(valid(map(schema.get("items")), depth + 1));
        }
        yield list;
      }
      case "object" -> object(schema, depth);
      default -> HOSTILE.get(random.nextInt(HOSTILE.size()));
    };
  }

  private Object text(Map<?, ?> schema) {
    if ("date-time".equals(schema.get("format"))) {
      return "2026-0" + random.nextInt(1, 10) + "-01T00:00:00Z";
    }
    List<String> usual =
        List.of("global:member", "project:viewer", "workflow:read", "x@example.com", "some text");
    return random.nextBoolean()
        ? ids.get(random.nextInt(ids.size()))
        : usual.get(random.nextInt(usual.size()));
  }

  private Map<String, @Nullable Object> object(Map<?, ?> schema, int depth) {
    List<?> required = schema.get("required") instanceof List<?> names ? names : List.of();
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach((name, each) -> {
        if (required.contains(name) || random.nextBoolean()) {
          Object known = known(String.valueOf(name));
          object.put(String.valueOf(name), known != null ? known : valid(map(each), depth + 1));
        }
      });
    }
    return object;
  }

  /** What no generator would come to. */
  private @Nullable Object known(String field) {
    return switch (field) {
      case "email" -> "f" + random.nextInt(1_000) + "@example.com";
      case "password" -> "a long password";
      case "type" -> random.nextInt(4) == 0 ? null : "httpHeaderAuth";
      default -> null;
    };
  }

  private void check(Operation operation, String path, @Nullable Object body, Reply reply) {
    Map<?, ?> responses = map(operation.json().get("responses"));
    String what =
        operation.method() + " " + path + " " + shortened(body) + " answers " + reply.status();
    if (!(responses.get(String.valueOf(reply.status())) instanceof Map<?, ?> response)) {
      broken.add(what + ", which is not described: " + shortened(reply.response().body()));
      return;
    }
    if (!(response.get("content") instanceof Map<?, ?> content)) {
      if (!reply.response().body().isEmpty()) {
        broken.add(what + " with a body, which is not described");
      }
      return;
    }
    String type = reply.header("content-type").replaceAll(";.*", "");
    if (!(content.get(type) instanceof Map<?, ?> described)) {
      broken.add(what + " as " + type + ", which is not described");
      return;
    }
    if (type.endsWith("json")) {
      List<Error> errors =
          schema(operation.id() + " " + reply.status() + " " + type, map(described.get("schema")))
              .validate(reply.response().body(), InputFormat.JSON);
      if (!errors.isEmpty()) {
        broken.add(what + ", but " + errors.getFirst() + ": " + shortened(reply.response().body()));
      }
    }
  }

  private com.networknt.schema.Schema schema(String key, Map<?, ?> described) {
    return schemas.computeIfAbsent(
        key,
        any -> {
          Map<String, @Nullable Object> whole = new LinkedHashMap<>();
          described.forEach((name, value) -> whole.put(String.valueOf(name), value));
          whole.put("components", document.get("components"));
          return registry.getSchema(Json.text(whole), InputFormat.JSON);
        });
  }

  private static String shortened(@Nullable Object value) {
    String text = value instanceof String all ? all : Json.text(value);
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }
}
