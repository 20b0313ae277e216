package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.ItemRecord;
import dev.millrace.error.ErrorCode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The response by the webhook's parameters and what became of the execution. */
class WebhookAnswersTest {
  private final IngressFixture ingress =
      new IngressFixture(
          IngressSettings.Limits.defaults()
              .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofSeconds(5)),
          CredentialStore.none());

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  private HttpResponse<String> call(String mode, String more) throws Exception {
    ingress.webhook(
        "{\"httpMethod\":\"POST\",\"path\":\"h\",\"responseMode\":\"%s\"%s}".formatted(mode, more));
    return ingress.postJson("/webhook/h", "{}");
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  @Test
  void anImmediateAnswerCanBeChosen() throws Exception {
    HttpResponse<String> response =
        call(
            "onReceived",
            """
            ,"options":{"responseData":"thanks","responseCode":{"values":{"responseCode":"customCode",
            "customCode":202}},"responseHeaders":{"entries":[{"name":"X-Shop","value":"1"},
            {"name":"Content-Length","value":"1"},{"name":"bad name","value":"1"},
            {"name":"X-Split","value":"a\\r\\nX-Evil: 1"}]}}\
            """);
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body()).isEqualTo("thanks");
    assertThat(header(response, "x-shop")).isEqualTo("1");
    assertThat(header(response, "x-split")).startsWith("a");
    assertThat(response.headers().map()).doesNotContainKeys("x-evil", "bad name");
    assertThat(header(response, "content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(header(response, "content-security-policy"))
        .startsWith("sandbox ")
        .doesNotContain("allow-same-origin");
  }

  @Test
  void anImmediateAnswerCanBeEmpty() throws Exception {
    HttpResponse<String> response = call("onReceived", ",\"options\":{\"noResponseBody\":true}");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    response =
        call("onReceived", ",\"options\":{\"responseCode\":{\"values\":{\"responseCode\":204}}}");
    assertThat(response.statusCode()).isEqualTo(204);
  }

  @Test
  void anImmediateAnswerWaitsForTheBroker() throws Exception {
    ingress.engine =
        (command, outcome, replies) ->
            outcome.done(IngressFixture.failure(ErrorCode.BROKER_UNAVAILABLE));
    HttpResponse<String> response = call("onReceived", "");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(IngressFixture.json(response)).containsEntry("errorCode", "MR-4001");

    ingress.engine =
        (command, outcome, replies) -> {
          throw IngressFixture.failure(ErrorCode.BATCH_TOO_LARGE);
        };
    assertThat(call("onReceived", "").statusCode()).isEqualTo(413);
  }

  @Test
  void aWaitingCallFailsAtOnceWhenItsCommandDoes() throws Exception {
    ingress.engine =
        (command, outcome, replies) ->
            outcome.done(IngressFixture.failure(ErrorCode.BROKER_UNAVAILABLE));
    HttpResponse<String> response = call("lastNode", "");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(header(response, "X-Millrace-Execution-Id")).isNotEmpty();
    assertThat(ingress.replies.size()).isZero();
  }

  @Test
  void theLastNodeAnswersInEachForm() throws Exception {
    ingress.answers("{\"a\":{\"b\":[1,{\"c\":\"deep\"}]}}", "{\"n\":2}");
    assertThat(call("lastNode", ",\"responseData\":\"allEntries\"").body())
        .isEqualTo("[{\"a\":{\"b\":[1,{\"c\":\"deep\"}]}},{\"n\":2}]");
    assertThat(call("lastNode", ",\"responseData\":\"noData\"").body()).isEmpty();
    assertThat(call("lastNode", ",\"options\":{\"responsePropertyName\":\"a.b\"}").body())
        .isEqualTo("[1,{\"c\":\"deep\"}]");

    HttpResponse<String> text =
        call("lastNode", ",\"options\":{\"responsePropertyName\":\"a.b[1].c\"}");
    assertThat(text.body()).isEqualTo("deep");
    assertThat(header(text, "content-security-policy")).isNotEmpty();

    HttpResponse<String> typed =
        call(
            "lastNode",
            ",\"options\":{\"responsePropertyName\":\"a.b[1].c\","
                + "\"responseContentType\":\"text/csv\"}");
    assertThat(typed.body()).isEqualTo("deep");
    assertThat(header(typed, "content-type")).isEqualTo("text/csv");

    assertThat(call("lastNode", ",\"options\":{\"responsePropertyName\":\"none.x\"}").body())
        .isEmpty();
  }

  @Test
  void theLastNodeWithoutItems() throws Exception {
    ingress.answers();
    HttpResponse<String> response = call("lastNode", "");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(IngressFixture.json(response))
        .containsEntry("message", "No item to return was found");
    assertThat(call("lastNode", ",\"responseData\":\"allEntries\"").body()).isEqualTo("[]");
    assertThat(call("lastNode", ",\"responseData\":\"firstEntryBinary\"").statusCode())
        .isEqualTo(500);
  }

  private void answersFile(@Nullable String extra) {
    ingress.engine =
        (command, outcome, replies) ->
            replies.complete(
                IngressFixture.outcome(
                    command,
                    "success",
                    List.of(
                        new ItemRecord(
                            IngressFixture.utf8("{}"),
                            -1,
                            extra == null ? null : IngressFixture.utf8(extra)))));
  }

  @Test
  void theLastNodeAnswersWithAFile() throws Exception {
    answersFile("{\"binary\":{\"pic\":{\"mimeType\":\"image/svg+xml\",\"data\":\"PHN2Zy8+\"}}}");
    String asFile = ",\"responseData\":\"firstEntryBinary\"";
    HttpResponse<String> response =
        call("lastNode", asFile + ",\"responseBinaryPropertyName\":\"pic\"");
    assertThat(response.body()).isEqualTo("<svg/>");
    assertThat(header(response, "content-type")).isEqualTo("image/svg+xml");
    assertThat(header(response, "content-security-policy")).isNotEmpty();

    assertThat(IngressFixture.json(call("lastNode", asFile)).get("message"))
        .asString()
        .contains("\"data\"");
    answersFile(null);
    assertThat(call("lastNode", asFile).statusCode()).isEqualTo(500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lastNode", "responseNode"})
  void aFailedExecutionIsAnError(String mode) throws Exception {
    for (String status : List.of("error", "canceled")) {
      ingress.engine =
          (command, outcome, replies) ->
              replies.complete(IngressFixture.outcome(command, status, null));
      HttpResponse<String> response = call(mode, "");
      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body()).isEqualTo("{\"message\":\"Error in workflow\"}");
      assertThat(header(response, "X-Millrace-Execution-Id")).isNotEmpty();
    }
  }

  @Test
  void theWorkflowAnswersItself() throws Exception {
    ingress.engine =
        (command, outcome, replies) -> {
          assertThat(
                  replies.complete(
                      IngressFixture.answer(
                          command,
                          418,
                          Map.of("content-type", "text/html", "x-a", "b"),
                          "<h1>tea</h1>")))
              .isTrue();
          // What comes after the first answer changes nothing.
          assertThat(replies.complete(IngressFixture.answer(command, 200, Map.of(), "late")))
              .isFalse();
          assertThat(replies.complete(IngressFixture.outcome(command, "error", null))).isFalse();
        };
    HttpResponse<String> response = call("responseNode", "");
    assertThat(response.statusCode()).isEqualTo(418);
    assertThat(response.body()).isEqualTo("<h1>tea</h1>");
    assertThat(header(response, "x-a")).isEqualTo("b");
    assertThat(header(response, "content-security-policy")).startsWith("sandbox");
  }

  @Test
  void anEndWithoutAnAnswerIsEmpty() throws Exception {
    ingress.answers("{\"not\":\"shown\"}");
    HttpResponse<String> response = call("responseNode", "");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void theLastNodeCountsWhereTheWorkflowAnsweredToo() throws Exception {
    ingress.engine =
        (command, outcome, replies) -> {
          assertThat(replies.complete(IngressFixture.answer(command, 201, Map.of(), "no")))
              .isFalse();
          replies.complete(IngressFixture.success(command, "{\"yes\":1}"));
        };
    assertThat(call("lastNode", "").body()).isEqualTo("{\"yes\":1}");
  }

  @Test
  void aResponseCodeThatHttpDoesNotHaveIsAnError() throws Exception {
    ingress.engine =
        (command, outcome, replies) ->
            replies.complete(IngressFixture.answer(command, 100, Map.of(), ""));
    assertThat(call("responseNode", "").statusCode()).isEqualTo(500);
  }

  @Test
  void aReplyThatDoesNotComeIsATimeout() throws Exception {
    HttpResponse<String> response = call("lastNode", "");
    assertThat(response.statusCode()).isEqualTo(504);
    assertThat(IngressFixture.json(response)).containsEntry("errorCode", "MR-3008");
    assertThat(header(response, "X-Millrace-Execution-Id"))
        .isEqualTo(ingress.command().getExecutionId());
    assertThat(ingress.replies.size()).isZero();
  }

  @Test
  void anIdempotencyKeyNamesTheExecution() throws Exception {
    ingress
        .webhook("{\"httpMethod\":\"POST\",\"path\":\"h\",\"responseMode\":\"lastNode\"}")
        .answers("{\"ok\":1}");
    HttpRequest.Builder request =
        ingress
            .request("/webhook/h")
            .header("Idempotency-Key", "order-1")
            .POST(HttpRequest.BodyPublishers.noBody());

    String first = header(ingress.send(request), "X-Millrace-Execution-Id");
    String second = header(ingress.send(request), "X-Millrace-Execution-Id");
    String other =
        header(
            ingress.send(request.setHeader("Idempotency-Key", "order-2")),
            "X-Millrace-Execution-Id");

    assertThat(second).isEqualTo(first).isNotEqualTo(other);
    assertThat(IngressFixture.start(ingress.command()).getIdempotencyKey()).isEqualTo("order-1");
    HttpResponse<String> refused =
        ingress.send(request.setHeader("Idempotency-Key", "k".repeat(300)));
    assertThat(refused.statusCode()).isEqualTo(400);
  }
}
