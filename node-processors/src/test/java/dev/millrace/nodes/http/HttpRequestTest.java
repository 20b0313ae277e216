package dev.millrace.nodes.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.LocalServer;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeException;
import dev.millrace.value.Json;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP Request against a real server on this machine. */
class HttpRequestTest {
  private final LocalServer server = new LocalServer();
  private final NodeRig rig = new NodeRig(HttpRequest::new);

  @AfterEach
  void stop() {
    rig.close();
    server.close();
  }

  private static Item item(String json) {
    return Item.of(Json.parseObject(json.getBytes(StandardCharsets.UTF_8)));
  }

  private static Object parsed(String json) {
    return java.util.Objects.requireNonNull(Json.parse(json));
  }

  private String parameters(String path, String more) {
    return "{\"url\": \"" + server.url(path) + "\"" + (more.isEmpty() ? "" : ", " + more) + "}";
  }

  @Test
  void everyElementOfAListIsAnItem() {
    server.on("/", 200, "application/json; charset=utf-8", "[{\"a\":1},{\"a\":2}]");
    List<Item> items = rig.run(4.2, parameters("/", ""), Item.empty(), Item.empty());
    assertThat(items)
        .extracting(Item::json)
        .containsExactly(Map.of("a", 1.0), Map.of("a", 2.0), Map.of("a", 1.0), Map.of("a", 2.0));
    assertThat(items)
        .extracting(Item::pairing)
        .containsExactly(Pairing.to(0), Pairing.to(0), Pairing.to(1), Pairing.to(1));
    assertThat(server.last().method()).isEqualTo("GET");
    assertThat(server.last().header("accept")).startsWith("application/json");
    assertThat(server.last().header("idempotency-key")).isEmpty();
  }

  @Test
  void requestsOfARunAreUnderWayAtOnceAndAnswerInOrder() throws Exception {
    CyclicBarrier together = new CyclicBarrier(5);
    server.on(
        "/",
        (exchange, request) -> {
          try {
            together.await(20, TimeUnit.SECONDS);
          } catch (Exception alone) {
            LocalServer.answer(exchange, 500, "", "alone");
            return;
          }
          LocalServer.answer(
              exchange, 200, "application/json", "{\"n\":" + request.uri().charAt(1) + "}");
        });
    Item[] input = new Item[5];
    for (int i = 0; i < input.length; i++) {
      input[i] = item("{\"n\":" + i + "}");
    }
    List<Item> items = rig.run(4.2, "{\"url\": \"=" + server.url("/") + "{{ $json.n }}\"}", input);
    assertThat(items).extracting(i -> i.json().get("n")).containsExactly(0.0, 1.0, 2.0, 3.0, 4.0);
  }

  @Test
  void queryHeadersAndJsonFields() {
    server.on("/", 200, "application/json", "{}");
    rig.run(
        4.2,
        parameters(
            "/p?x=1",
            """
            "method": "POST",
            "sendQuery": true, "queryParameters": {"parameters": [
              {"name": "q", "value": "a b&c"}, {"name": "", "value": "no"},
              {"name": "list", "value": "={{ [1, 2] }}"}]},
            "sendHeaders": true, "headerParameters": {"parameters": [
              {"name": "X-One", "value": "={{ $json.h }}"}]},
            "sendBody": true, "bodyParameters": {"parameters": [
              {"name": "text", "value": "5"}, {"name": "truth", "value": "={{ false }}"}]}\
            """),
        item("{\"h\": \"head\"}"));
    LocalServer.Request request = server.last();
    assertThat(request.uri()).isEqualTo("/p?x=1&q=a%20b%26c&list%5B%5D=1&list%5B%5D=2");
    assertThat(request.header("x-one")).isEqualTo("head");
    assertThat(request.header("content-type")).isEqualTo("application/json");
    assertThat(Json.parse(request.body())).isEqualTo(parsed("{\"text\":\"5\",\"truth\":false}"));
    assertThat(request.header("idempotency-key")).isEqualTo("execution/node/0/0");
  }

  @ParameterizedTest
  @CsvSource({
    "repeat, list=1&list=2",
    "brackets, list%5B%5D=1&list%5B%5D=2",
    "indices, list%5B0%5D=1&list%5B1%5D=2"
  })
  void listsInTheQuery(String format, String expected) {
    server.on("/", 200, "application/json", "{}");
    rig.run(
        4.2,
        parameters(
            "/",
            "\"sendQuery\": true, \"specifyQuery\": \"json\", \"jsonQuery\": \"{\\\"list\\\":"
                + " [1, 2]}\", \"options\": {\"queryParameterArrays\": \""
                + format
                + "\"}"));
    assertThat(server.last().uri()).isEqualTo("/?" + expected);
  }

  @Test
  void theUsersOwnIdempotencyKeyWins() {
    server.on("/", 200, "application/json", "{}");
    rig.run(
        4.2,
        parameters(
            "/",
            """
            "method": "POST", "sendHeaders": true, "specifyHeaders": "json",
            "jsonHeaders": "{\\"idempotency-key\\": \\"mine\\"}"\
            """));
    assertThat(server.last().header("idempotency-key")).isEqualTo("mine");
  }

  @Test
  void bodiesOfAllKinds() throws Exception {
    server.on("/", 200, "application/json", "{}");
    BinaryData file =
        rig.binaries.write(
            "1",
            new ByteArrayInputStream("content".getBytes(StandardCharsets.UTF_8)),
            "text/csv",
            "table.csv");
    Item withFile = item("{}").withBinary(Map.of("data", file));

    rig.run(
        4.2,
        parameters(
            "/",
            """
            "method": "PUT", "sendBody": true, "contentType": "form-urlencoded",
            "bodyParameters": {"parameters": [{"name": "a b", "value": "ü&"}]}\
            """));
    assertThat(server.last().body()).isEqualTo("a%20b=%C3%BC%26");
    assertThat(server.last().header("content-type")).isEqualTo("application/x-www-form-urlencoded");

    rig.run(
        4.2,
        parameters(
            "/",
            """
            "method": "PUT", "sendBody": true, "contentType": "form-urlencoded",
            "specifyBody": "string", "body": "a=1&b=2"\
            """));
    assertThat(server.last().body()).isEqualTo("a=1&b=2");

    rig.run(
        4.2,
        parameters(
            "/",
            """
            "method": "PUT", "sendBody": true, "contentType": "raw",
            "rawContentType": "text/xml", "body": "<a/>"\
            """));
    assertThat(server.last().body()).isEqualTo("<a/>");
    assertThat(server.last().header("content-type")).isEqualTo("text/xml");

    rig.run(
        4.2,
        parameters(
            "/",
            """
            "method": "PUT", "sendBody": true, "contentType": "binaryData",
            "inputDataFieldName": "data"\
            """),
        withFile);
    assertThat(server.last().body()).isEqualTo("content");
    assertThat(server.last().header("content-type")).isEqualTo("text/csv");
    assertThat(server.last().header("content-length")).isEqualTo("7");

    rig.run(
        4.2,
        parameters(
            "/",
            """
            "method": "PUT", "sendBody": true, "contentType": "multipart-form-data",
            "bodyParameters": {"parameters": [
              {"parameterType": "formData", "name": "field", "value": "v"},
              {"parameterType": "formBinaryData", "name": "file", "inputDataFieldName": "data"}]}\
            """),
        withFile);
    String type = server.last().header("content-type");
    assertThat(type).startsWith("multipart/form-data; boundary=");
    String boundary = type.substring(type.indexOf('=') + 1);
    assertThat(server.last().body())
        .isEqualTo(
            "--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nv\r\n--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"table.csv\"\r\n"
                + "Content-Type: text/csv\r\n\r\ncontent\r\n--"
                + boundary
                + "--\r\n");

    assertThatThrownBy(() ->
            rig.run(
                4.2,
                parameters(
                    "/",
                    """
                    "method": "PUT", "sendBody": true, "contentType": "binaryData",
                    "inputDataFieldName": "missing"\
                    """),
                withFile))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("'missing'");
  }

  @Test
  void formatsAreDetected() {
    server.on("/text", 200, "text/html; charset=iso-8859-1", "");
    server.on(
        "/latin",
        (exchange, request) ->
            LocalServer.answer(
                exchange,
                200,
                "text/plain; charset=\"latin1\"",
                "á".getBytes(StandardCharsets.ISO_8859_1)));
    server.on("/png", 200, "image/png", "picture");
    server.on("/problem", 200, "application/problem+json", "{\"a\":1}");
    server.on("/empty", (exchange, request) -> exchange.sendResponseHeaders(204, -1));

    assertThat(rig.run(4.2, parameters("/latin", "")).getFirst().json())
        .isEqualTo(Map.of("data", "á"));
    assertThat(rig.run(4.2, parameters("/problem", "")).getFirst().json())
        .isEqualTo(Map.of("a", 1.0));
    assertThat(rig.run(4.2, parameters("/empty", "")).getFirst().json())
        .isEqualTo(Map.of("data", ""));
    Item picture = rig.run(4.2, parameters("/png", "")).getFirst();
    assertThat(picture.json()).isEmpty();
    BinaryData file = picture.binary().get("data");
    assertThat(file).isNotNull();
    assertThat(file.mimeType()).isEqualTo("image/png");
    assertThat(file.fileName()).isEqualTo("png");
    assertThat(rig.binaries.content(file)).asString().isEqualTo("picture");
  }

  @Test
  void filesAreNamedByTheServer() {
    server.on(
        "/download",
        (exchange, request) -> {
          exchange
              .getResponseHeaders()
              .set("Content-Disposition", "attachment; filename=\"../a report.pdf\"");
          LocalServer.answer(exchange, 200, "application/pdf", "%PDF");
        });
    Item item =
        rig.run(
                4.2,
                parameters(
                    "/download",
                    """
                    "options": {"response": {"response": {"responseFormat": "file",
                     "outputPropertyName": "doc", "fullResponse": true}}}\
                    """))
            .getFirst();
    BinaryData file = item.binary().get("doc");
    assertThat(file).isNotNull();
    assertThat(file.fileName()).isEqualTo("a report.pdf");
    assertThat(item.json()).containsEntry("statusCode", 200.0).doesNotContainKey("body");
  }

  @Test
  void fullResponses() {
    server.on("/json", 201, "application/json", "[1]");
    server.on("/text", 404, "text/plain", "gone");
    String full = "\"options\": {\"response\": {\"response\": {\"fullResponse\": true";
    Map<String, @Nullable Object> json =
        rig.run(4.2, parameters("/json", full + "}}}")).getFirst().json();
    assertThat(json)
        .containsEntry("body", List.of(1.0))
        .containsEntry("statusCode", 201.0)
        .containsEntry("statusMessage", "Created");
    assertThat((Map<?, ?>) json.get("headers")).isNotNull();
    assertThat(
            ((Map<?, ?>) java.util.Objects.requireNonNull(json.get("headers"))).get("content-type"))
        .isEqualTo("application/json");
    Map<String, @Nullable Object> text =
        rig.run(4.2, parameters("/text", full + ", \"neverError\": true}}}")).getFirst().json();
    assertThat(text).containsEntry("data", "gone").containsEntry("statusCode", 404.0);
  }

  @Test
  void failuresFailTheRunOrBecomeErrorItems() {
    server.on("/gone", 404, "application/json", "{\"message\":\"no such thing\"}");
    server.on("/ok", 200, "application/json", "{\"ok\":true}");
    NodeException failed =
        catchThrowableOfType(NodeException.class, () -> rig.run(4.2, parameters("/gone", "")));
    assertThat(failed.code()).isEqualTo(ErrorCode.SERVICE_ERROR);
    assertThat(failed).hasMessage("The resource you are requesting could not be found");
    assertThat(failed.description()).isEqualTo("no such thing");
    assertThat(failed.detail()).containsEntry("httpCode", "404");
    assertThat(failed.itemIndex()).isZero();

    List<Item> items =
        rig.tolerant(
            4.2,
            "{\"url\": \"=" + server.url("/") + "{{ $json.path }}\"}",
            item("{\"path\":\"gone\"}"),
            item("{\"path\":\"ok\"}"));
    assertThat(items.get(0).json())
        .isEqualTo(
            parsed(
                """
                {"error": {"message": "404 - {\\"message\\":\\"no such thing\\"}",
                 "name": "AxiosError", "code": "ERR_BAD_REQUEST", "status": 404}}\
                """));
    assertThat(items.get(1).json()).isEqualTo(Map.of("ok", true));
  }

  @Test
  void requestsThatCannotBeMadeSayWhy() {
    assertThat(
            rig.tolerant(
                    4.2,
                    parameters(
                        "/",
                        """
                        "method": "POST", "sendBody": true, "specifyBody": "json",
                        "jsonBody": "{\\"q\\": \\"abc\\",}"\
                        """))
                .getFirst()
                .json())
        .isEqualTo(Map.of("error", "JSON parameter needs to be valid JSON"));
    server.on("/html", 200, "text/html", "<html>");
    assertThat(
            rig.tolerant(
                    4.2,
                    parameters(
                        "/html",
                        "\"options\": {\"response\": {\"response\": {\"responseFormat\":"
                            + " \"json\"}}}"))
                .getFirst()
                .json())
        .isEqualTo(
            Map.of(
                "error",
                "Response body is not valid JSON. Change \"Response Format\" to \"Text\""));
    for (var wrong :
        List.of(
            List.of("\"={{ 42 }}\"", "URL parameter must be a string, got number"),
            List.of("\"={{ null }}\"", "URL parameter must be a string, got null"),
            List.of("\"={{ undefined }}\"", "URL parameter must be a string, got undefined"))) {
      assertThatThrownBy(() -> rig.run(3, "{\"url\": " + wrong.get(0) + "}"))
          .isInstanceOf(NodeException.class)
          .hasMessage(wrong.get(1));
    }
  }

  @Test
  void addressesInsideAreNotCalled() {
    NodeException refused =
        catchThrowableOfType(
            NodeException.class,
            () -> rig.run(4.2, "{\"url\": \"http://169.254.169.254/latest/meta-data/\"}"));
    assertThat(refused.code()).isEqualTo(ErrorCode.ADDRESS_REFUSED);
    Object error = rig.tolerant(4.2, "{\"url\": \"http://[::1]/\"}").getFirst().json().get("error");
    assertThat(error).isInstanceOf(Map.class);
  }

  @ParameterizedTest
  @CsvSource({"3, true, 302", "3, false, 302", "4.2, true, 200", "4.2, false, 302"})
  void redirectsByVersionAndOption(double version, boolean follow, int expected) {
    server.on("/end", 200, "application/json", "{}");
    server.on("/go", (exchange, request) -> LocalServer.redirect(exchange, 302, "/end"));
    // Version 3 follows nothing but GET by itself, and not even that when the option is opened.
    String redirect =
        version == 4.2 && follow
            ? ""
            : "\"redirect\": {\"redirect\": {"
                + (version == 3 ? "" : "\"followRedirects\": false")
                + "}},";
    List<Item> items =
        rig.run(
            version,
            parameters(
                "/go",
                "\"options\": {"
                    + redirect
                    + "\"response\": {\"response\": {\"fullResponse\": true, \"neverError\":"
                    + " true}}}"));
    assertThat(items.getFirst().json()).containsEntry("statusCode", (double) expected);
  }

  @Test
  void credentialsOfAllGenericTypes() {
    server.on("/", 200, "application/json", "{}");
    rig.credentials.put("httpBasicAuth", Map.of("user", "me", "password", "pass"));
    rig.credentials.put("httpBearerAuth", Map.of("token", "tok"));
    rig.credentials.put("httpHeaderAuth", Map.of("name", "X-Key", "value", "key"));
    rig.credentials.put("httpQueryAuth", Map.of("name", "key", "value", "s&cret"));
    rig.credentials.put(
        "httpCustomAuth",
        Map.of("json", "{\"headers\":{\"X-A\":\"1\"},\"qs\":{\"b\":2},\"body\":{\"c\":3}}"));
    rig.credentials.put("oAuth2Api", Map.of("oauthTokenData", Map.of("access_token", "oauth")));
    rig.credentials.put(
        "oAuth1Api",
        Map.of(
            "consumerKey",
            "ck",
            "consumerSecret",
            "cs",
            "signatureMethod",
            "HMAC-SHA1",
            "oauthTokenData",
            Map.of("oauth_token", "t", "oauth_token_secret", "ts")));
    for (String type :
        List.of(
            "httpBasicAuth",
            "httpBearerAuth",
            "httpHeaderAuth",
            "httpQueryAuth",
            "httpCustomAuth",
            "oAuth2Api",
            "oAuth1Api")) {
      for (double version : new double[] {2, 3, 4.2}) {
        rig.run(
            version,
            parameters(
                "/",
                "\"method\": \"POST\", \"requestMethod\": \"POST\", \"authentication\":"
                    + " \"genericCredentialType\", \"genericAuthType\": \""
                    + type
                    + "\""));
        LocalServer.Request request = server.last();
        switch (type) {
          case "httpBasicAuth" ->
              assertThat(request.header("authorization"))
                  .isEqualTo(
                      "Basic "
                          + Base64.getEncoder()
                              .encodeToString("me:pass".getBytes(StandardCharsets.UTF_8)));
          case "httpBearerAuth" ->
              assertThat(request.header("authorization")).isEqualTo("Bearer tok");
          case "httpHeaderAuth" -> assertThat(request.header("x-key")).isEqualTo("key");
          case "httpQueryAuth" -> assertThat(request.uri()).isEqualTo("/?key=s%26cret");
          case "httpCustomAuth" -> {
            assertThat(request.header("x-a")).isEqualTo("1");
            assertThat(request.uri()).isEqualTo("/?b=2");
            assertThat(request.body()).isEqualTo("{\"c\":3}");
          }
          case "oAuth2Api" -> assertThat(request.header("authorization")).isEqualTo("Bearer oauth");
          default ->
              assertThat(request.header("authorization"))
                  .startsWith("OAuth oauth_consumer_key=\"ck\"")
                  .contains("oauth_signature=");
        }
      }
    }
    assertThatThrownBy(() ->
            rig.run(
                4.2,
                parameters(
                    "/",
                    "\"authentication\": \"genericCredentialType\", \"genericAuthType\":"
                        + " \"httpDigestAuth\"")))
        .isInstanceOfSatisfying(
            MillraceException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.MISSING_CREDENTIAL));
  }

  @Test
  void oAuth1SignsAsTheStandardsExampleDoes() {
    OAuth1 signer =
        new OAuth1(
            "dpf43f3p2l4k3l03",
            "kd94hf93k423kf44",
            "nnch734d00sl2jdk",
            "pfkkdhi9sl3r4s00",
            "HmacSHA1",
            "HMAC-SHA1",
            "kllo9940pd9333jh",
            java.time.Instant.ofEpochSecond(1191242096));
    dev.millrace.http.HttpCall signed =
        signer.signed(
            dev.millrace.http.HttpCall.of(
                "GET",
                dev.millrace.http.HttpUrl.parse(
                    "http://photos.example.net/photos?file=vacation.jpg&size=original")),
            null);
    assertThat(signed.header("Authorization"))
        .contains("oauth_signature=\"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D\"");
  }

  @Test
  void pagesAreFetchedUntilOneIsEmpty() {
    server.on(
        "/users",
        (exchange, request) -> {
          int skip = Integer.parseInt(request.uri().replaceAll(".*skip=(\\d+).*", "$1"));
          LocalServer.answer(
              exchange, 200, "application/json", skip < 4 ? "[{\"id\":" + skip + "}]" : "[]");
        });
    List<Item> items =
        rig.run(
            4.1,
            parameters(
                "/users",
                """
                "options": {"pagination": {"pagination": {"parameters": {"parameters": [
                  {"name": "skip", "value": "={{ $pageCount * 2 }}"}]}}}}\
                """));
    assertThat(items).extracting(i -> i.json().get("id")).containsExactly(0.0, 2.0);
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void pagesFollowLinksAndKeepSecretsAtHome() {
    LocalServer other = new LocalServer().on("/", 200, "application/json", "[{\"id\":2}]");
    try (other) {
      server.on(
          "/",
          (exchange, request) -> {
            exchange.getResponseHeaders().set("Next", other.url("/2?cursor=a%20b"));
            LocalServer.answer(exchange, 200, "application/json", "[{\"id\":1}]");
          });
      rig.credentials.put("httpBearerAuth", Map.of("token", "tok"));
      rig.credentials.put("httpQueryAuth", Map.of("name", "key", "value", "secret"));
      for (String type : List.of("httpBearerAuth", "httpQueryAuth")) {
        List<Item> items =
            rig.run(
                4.2,
                parameters(
                    "/",
                    """
                    "authentication": "genericCredentialType", "genericAuthType": "%s",
                    "options": {"pagination": {"pagination": {
                      "paginationMode": "responseContainsNextURL",
                      "nextURL": "={{ $response.headers.next }}",
                      "limitPagesFetched": true, "maxRequests": "={{ 1 + 1 }}"}}}\
                    """
                        .formatted(type)));
        assertThat(items).extracting(i -> i.json().get("id")).containsExactly(1.0, 2.0);
        assertThat(other.last().uri()).isEqualTo("/2?cursor=a%20b");
        assertThat(other.last().header("authorization")).isEmpty();
      }
    }
  }

  @Test
  void pagesThatDoNotMoveOnAreStopped() {
    server.on("/", 200, "application/json", "[{\"id\":1}]");
    String forever =
        parameters(
            "/",
            """
            "options": {"pagination": {"pagination": {"parameters": {"parameters": [
              {"name": "x", "value": "0"}]}}}}\
            """);
    assertThatThrownBy(() -> rig.run(4.1, forever)).isInstanceOf(NodeException.class);
    assertThat(server.requests()).hasSize(5);
    Object error = rig.tolerant(4.1, forever).getFirst().json().get("error");
    assertThat(error)
        .isInstanceOfSatisfying(
            Map.class, object -> assertThat(object.get("name")).isEqualTo("NodeOperationError"));
  }

  @Test
  void batchesAreSpaced() {
    server.on("/", 200, "application/json", "{}");
    long start = System.nanoTime();
    rig.run(
        4.2,
        parameters(
            "/",
            "\"options\": {\"batching\": {\"batch\": {\"batchSize\": 2, \"batchInterval\": 150}}}"),
        Item.empty(),
        Item.empty(),
        Item.empty(),
        Item.empty(),
        Item.empty());
    assertThat(server.requests()).hasSize(5);
    assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(300));
  }

  @Test
  void anOAuth2TokenIsRenewedWhenItIsOver() {
    server.on(
        "/api",
        (exchange, request) -> {
          boolean fresh = request.header("authorization").equals("Bearer fresh");
          LocalServer.answer(exchange, fresh ? 200 : 401, "application/json", "{\"in\":true}");
        });
    server.on("/token", 200, "application/json", "{\"access_token\":\"fresh\"}");
    rig.credentials.put(
        "oAuth2Api",
        Map.of(
            "accessTokenUrl",
            server.url("/token"),
            "clientId",
            "id",
            "clientSecret",
            "secret",
            "oauthTokenData",
            Map.of("access_token", "stale", "refresh_token", "r")));
    List<Item> items =
        rig.run(
            4.2,
            parameters(
                "/api",
                "\"authentication\": \"genericCredentialType\", \"genericAuthType\":"
                    + " \"oAuth2Api\""),
            Item.empty(),
            Item.empty());
    assertThat(items).hasSize(2).allSatisfy(i -> assertThat(i.json()).containsEntry("in", true));
    List<LocalServer.Request> renewals =
        server.requests().stream().filter(r -> r.uri().equals("/token")).toList();
    assertThat(renewals)
        .singleElement()
        .satisfies(r -> {
          assertThat(r.body()).isEqualTo("refresh_token=r&grant_type=refresh_token");
          assertThat(r.header("authorization")).startsWith("Basic ");
        });
  }

  @Test
  void versionsOneAndTwo() throws Exception {
    server.on("/", 200, "application/json", "[{\"a\":1},{\"a\":2}]");
    for (double version : new double[] {1, 2}) {
      List<Item> items =
          rig.run(
              version,
              parameters(
                  "/",
                  """
                  "requestMethod": "POST",
                  "bodyParametersUi": {"parameter": [{"name": "b", "value": "1"}]},
                  "headerParametersUi": {"parameter": [{"name": "X-H", "value": "2"}]},
                  "queryParametersUi": {"parameter": [{"name": "q", "value": "3"}]},
                  "options": {"splitIntoItems": true}\
                  """));
      assertThat(items).hasSize(2);
      assertThat(server.last().uri()).isEqualTo("/?q=3");
      assertThat(server.last().header("x-h")).isEqualTo("2");
      assertThat(server.last().body()).isEqualTo("{\"b\":\"1\"}");
      Item whole = rig.run(version, parameters("/", "")).getFirst();
      assertThat(whole.json()).containsEntry("0", Map.of("a", 1.0)).hasSize(2);
      assertThat(
              rig.run(
                      version,
                      parameters(
                          "/",
                          "\"responseFormat\": \"string\", \"dataPropertyName\": \"text\","
                              + " \"options\": {\"fullResponse\": true}"))
                  .getFirst()
                  .json())
          .containsEntry("text", "[{\"a\":1},{\"a\":2}]")
          .containsEntry("statusCode", 200.0);
    }
    BinaryData file =
        rig.binaries.write(
            "1",
            new ByteArrayInputStream("content".getBytes(StandardCharsets.UTF_8)),
            "text/csv",
            "table.csv");
    rig.run(
        1,
        parameters(
            "/",
            """
            "requestMethod": "POST", "jsonParameters": true, "sendBinaryData": true,
            "binaryPropertyName": "up:data", "options": {"bodyContentType": "multipart-form-data"}\
            """),
        item("{}").withBinary(Map.of("data", file)));
    assertThat(server.last().body()).contains("name=\"up\"; filename=\"table.csv\"");
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3, 4, 4.1, 4.2, 4.3, 4.4, 4.5})
  void everyVersionCalls(double version) {
    server.on("/", 200, "application/json", "{\"success\":true}");
    assertThat(rig.run(version, parameters("/", "")))
        .singleElement()
        .satisfies(i -> assertThat(i.json()).isEqualTo(Map.of("success", true)));
  }

  @Test
  void noItemsMakeNoRequests() {
    assertThat(rig.run(4.2, parameters("/", ""), Map.of(), List.of())).isEmpty();
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void encodingsAreFound() {
    String gb = "编码检测需要足够多的文字才可靠，所以这里多写几句话。";
    assertThat(
            TextDecoding.text(
                gb.getBytes(java.nio.charset.Charset.forName("gb18030")), "text/html"))
        .isEqualTo(gb);
    assertThat(
            TextDecoding.text(
                "x".getBytes(StandardCharsets.UTF_16BE), "text/html; CHARSET='UTF-16BE'"))
        .isEqualTo("x");
    assertThat(
            TextDecoding.text("h\u00e9\u00e8\u00e0".getBytes(StandardCharsets.UTF_8), "text/html"))
        .isEqualTo("h\u00e9\u00e8\u00e0");
    assertThat(TextDecoding.text(new byte[0], "")).isEmpty();
  }
}
