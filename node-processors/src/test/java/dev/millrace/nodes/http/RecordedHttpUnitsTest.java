package dev.millrace.nodes.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.http.LocalServer;
import dev.millrace.item.Item;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Recorded unit cases of HTTP Request. Those of mocked decoders have no equivalent here. */
class RecordedHttpUnitsTest {
  private static List<Map<?, ?>> tests(String name) throws IOException {
    Path file =
        Path.of(
            System.getProperty("millrace.shared", ""),
            "n8n/conformance/units/HttpRequest__" + name + ".json");
    assumeTrue(Files.exists(file), "skipped: the behaviour data is not at " + file);
    return list(Json.parseObject(Files.readAllBytes(file)).get("tests")).stream()
        .<Map<?, ?>>map(test -> map(test))
        .toList();
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static @Nullable String text(@Nullable Object value) {
    return value instanceof String text ? text : null;
  }

  private static @Nullable Object expected(Map<?, ?> test) {
    return map(list(test.get("expect")).getFirst()).get("expected");
  }

  private static List<?> arguments(Map<?, ?> test) {
    return list(map(list(test.get("calls")).getFirst()).get("args"));
  }

  @Test
  void fileNames() throws IOException {
    List<Map<?, ?>> tests = tests("test__utils__binaryData");
    for (Map<?, ?> test : tests) {
      Map<?, ?> file = map(arguments(test).get(0));
      String fallback = text(arguments(test).get(2));
      assertThat(
              FileNames.orFallback(
                  text(file.get("fileName")),
                  String.valueOf(map(arguments(test).get(1)).get("uri")),
                  text(file.get("fileExtension")),
                  fallback == null ? "data" : fallback))
          .as(String.valueOf(test.get("test")))
          .isEqualTo(expected(test));
    }
    assertThat(tests).hasSize(4);
  }

  @Test
  void mediaTypes() throws IOException {
    List<Map<?, ?>> tests = tests("test__utils__parse");
    for (Map<?, ?> test : tests) {
      assertThat(FileNames.mimeType(text(arguments(test).getFirst())))
          .as(String.valueOf(test.get("test")))
          .isEqualTo(expected(test));
    }
    assertThat(tests).hasSize(7);
  }

  @Test
  void optimizedResponses() throws IOException {
    int checked = 0;
    for (Map<?, ?> test : tests("shared__optimizeResponse")) {
      Map<?, ?> parameters = Map.of();
      @Nullable Object response = null;
      for (Object call : list(test.get("calls"))) {
        List<?> arguments = list(map(call).get("args"));
        if (String.valueOf(map(call).get("fn")).endsWith("()")) {
          response = arguments.getFirst();
        } else {
          parameters =
              map(
                  map(map(map(map(arguments.getFirst()).get("getNodeParameter")).get("$mock"))
                          .get("implementation"))
                      .get("byName"));
        }
      }
      ResponseOptimizer optimizer = optimizer(parameters);
      Object given = response;
      if (optimizer == null) {
        continue;
      }
      String name = String.valueOf(test.get("test"));
      for (Object expectation : list(test.get("expect"))) {
        Object wanted = map(expectation).get("expected");
        switch (String.valueOf(map(expectation).get("matcher"))) {
          case "toThrow" ->
              assertThatThrownBy(() -> optimizer.optimized(given))
                  .as(name)
                  .isInstanceOf(NodeException.class);
          case "toContain" ->
              assertThat(String.valueOf(optimizer.optimized(given)))
                  .as(name)
                  .contains(String.valueOf(wanted));
          default -> assertThat(optimizer.optimized(given)).as(name).isEqualTo(wanted);
        }
        checked++;
      }
    }
    assertThat(checked).isEqualTo(8);
  }

  private static @Nullable ResponseOptimizer optimizer(Map<?, ?> parameters) {
    if (Boolean.FALSE.equals(parameters.get("optimizeResponse"))) {
      return null;
    }
    int most =
        Boolean.TRUE.equals(parameters.get("truncateResponse"))
            ? (int) Coercion.toNumber(parameters.get("maxLength"))
            : -1;
    return switch (String.valueOf(parameters.get("responseType"))) {
      case "html" ->
          new ResponseOptimizer.HtmlOptimizer(
              String.valueOf(parameters.get("cssSelector")), false, "", most);
      case "text" -> new ResponseOptimizer.TextOptimizer(most);
      default ->
          new ResponseOptimizer.JsonOptimizer(
              "",
              parameters.get("fieldsToInclude") instanceof String which ? which : "all",
              parameters.get("fields") instanceof String fields ? Set.of(fields) : Set.of());
    };
  }

  /** What versions 2 and 3 do with each credential, and with a URL that is no text. */
  @Test
  void runsWithCredentials() throws IOException {
    int checked = 0;
    for (String version : List.of("V2", "V3")) {
      for (Map<?, ?> test : tests("test__node__HttpRequest" + version)) {
        Map<?, ?> context = map(arguments(test).getFirst());
        Map<?, ?> recorded =
            map(
                map(map(map(context.get("getNodeParameter")).get("$mock")).get("implementation"))
                    .get("byName"));
        Map<?, ?> fields = map(map(map(context.get("getCredentials")).get("$mock")).get("returns"));
        try (LocalServer server = new LocalServer();
            NodeRig rig = new NodeRig(HttpRequest::new)) {
          server.on("/", 200, "application/json", "{\"success\":true}");
          Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
          recorded.forEach((name, value) -> parameters.put(String.valueOf(name), value));
          parameters.remove("options");
          if (parameters.get("url") instanceof String) {
            parameters.put("url", server.url("/"));
          }
          Map<String, @Nullable Object> credential = new LinkedHashMap<>();
          fields.forEach((name, value) -> credential.put(String.valueOf(name), value));
          rig.credentials.put(String.valueOf(parameters.get("genericAuthType")), credential);
          String name = String.valueOf(test.get("test"));
          Object wanted = expected(test);
          double typeVersion = version.equals("V2") ? 2 : 3;
          if (wanted instanceof String message) {
            // Stored parameters have defaults, so only an expression can answer nothing.
            if (parameters.get("url") == null) {
              parameters.put(
                  "url", parameters.containsKey("url") ? "={{ null }}" : "={{ undefined }}");
            }
            assertThatThrownBy(() -> rig.run(typeVersion, Json.text(parameters)))
                .as(name)
                .hasMessage(message);
            checked++;
            continue;
          }
          List<Item> items = rig.run(typeVersion, Json.text(parameters));
          assertThat(items.stream().map(Item::toJson).toList())
              .as(name)
              .isEqualTo(list(list(wanted).getFirst()));
          checked++;
          Map<?, ?> sent =
              map(map(map(list(test.get("expect")).getLast()).get("expected")).get("value"));
          map(map(sent.get("headers")).get("value"))
              .forEach((header, value) ->
                  assertThat(server.last().header(String.valueOf(header)))
                      .as(name)
                      .isEqualTo(value));
          map(map(sent.get("qs")).get("value"))
              .forEach((key, value) ->
                  assertThat(Objects.requireNonNull(server.last().uri()))
                      .as(name)
                      .contains(key + "=" + value));
        }
      }
    }
    assertThat(checked).isEqualTo(19);
  }
}
