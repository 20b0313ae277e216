package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.InspectWait;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.WaitAnswer;
import dev.millrace.error.ErrorCode;
import dev.millrace.node.AwaitedCall;
import dev.millrace.serde.ItemRecords;
import dev.millrace.value.Json;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of executions that wait: what is let through, what is sent, what is answered. */
class WaitingCallsTest {
  private static final String WORKFLOW = "w";
  private static final String ID = "0190-abc.1.0";

  private final CredentialStore credentials =
      (workflow, key) ->
          workflow.equals(WORKFLOW) && key.name().equals("Shop")
              ? Optional.of(Map.of("user", "ada", "password", "secret"))
              : Optional.empty();
  private final IngressFixture ingress =
      new IngressFixture(
          IngressSettings.Limits.defaults()
              .withTimeouts(Duration.ofSeconds(30), Duration.ofMillis(700), Duration.ofSeconds(5)),
          credentials);

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  /** The execution waits for this call until one came. */
  private void waits(AwaitedCall call) {
    ingress.engine =
        (command, outcome, replies) -> {
          outcome.done(null);
          switch (command.getBody()) {
            case InspectWait inspect ->
                replies.complete(
                    new ReplyRecord(
                        inspect.getReplyTo().getRequestId(),
                        command.getExecutionId(),
                        new WaitAnswer("waiting", 4, ItemRecords.jsonBytes(call.toJson()))));
            case ResumeExecution resume when resume.getAwaits().equals("taken") ->
                replies.complete(reply(command, new WaitAnswer("resumed", 0, null)));
            default -> {}
          }
        };
  }

  private void stands(String state) {
    ingress.engine =
        (command, outcome, replies) -> {
          outcome.done(null);
          if (command.getBody() instanceof InspectWait inspect) {
            replies.complete(
                new ReplyRecord(
                    inspect.getReplyTo().getRequestId(),
                    command.getExecutionId(),
                    new WaitAnswer(state, 0, null)));
          }
        };
  }

  private static ReplyRecord reply(CommandRecord command, Object body) {
    return new ReplyRecord(
        ((ResumeExecution) command.getBody()).getReplyTo().getRequestId(),
        command.getExecutionId(),
        body);
  }

  private static AwaitedCall webhook(String parameters) {
    return new AwaitedCall(
        AwaitedCall.Kind.WEBHOOK,
        WORKFLOW,
        "Wait",
        "",
        null,
        Json.parseObject(parameters.getBytes(StandardCharsets.UTF_8)),
        Map.of());
  }

  private String url(String suffix) {
    return "/webhook-waiting/"
        + ID
        + suffix
        + "?signature="
        + ingress.resumeKey.sign("default", ID);
  }

  private static String code(HttpResponse<String> response) {
    return String.valueOf(IngressFixture.json(response).get("errorCode"));
  }

  /** The call that was sent, after the question what is waited for. */
  private CommandRecord resumed() throws InterruptedException {
    assertThat(ingress.command().getBody()).isInstanceOf(InspectWait.class);
    CommandRecord command = ingress.command();
    assertThat(command.getExecutionId()).isEqualTo(ID);
    assertThat(command.getTenant()).isEqualTo("default");
    return command;
  }

  private static Map<String, @Nullable Object> item(CommandRecord command) {
    ResumeExecution resume = (ResumeExecution) command.getBody();
    return IngressFixture.object(
        Json.parse(IngressFixture.text(resume.getItems().getFirst().getJson())));
  }

  @Test
  void aCallResumesWithTheRequest() throws Exception {
    waits(webhook("{\"httpMethod\":\"POST\",\"responseMode\":\"onReceived\"}"));

    HttpResponse<String> response = ingress.postJson(url("") + "&a=1", "{\"approved\":true}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("{\"message\":\"Workflow was started\"}");
    assertThat(response.headers().firstValue("X-Millrace-Execution-Id")).hasValue(ID);
    CommandRecord command = resumed();
    ResumeExecution resume = (ResumeExecution) command.getBody();
    assertThat(resume.getCall()).isEqualTo(4);
    assertThat(resume.getAwaits()).isEqualTo("taken");
    assertThat(resume.getIdempotencyKey()).isNull();
    Map<String, @Nullable Object> item = item(command);
    assertThat(item.keySet())
        .containsExactly("headers", "params", "query", "body", "webhookUrl", "executionMode");
    assertThat(item.get("body")).isEqualTo(Map.of("approved", true));
    assertThat(item.get("query")).isEqualTo(Map.of("a", "1"));
    assertThat(item.get("webhookUrl")).isEqualTo("https://hooks.example/webhook-waiting/" + ID);
    assertThat(Json.text(item)).doesNotContain(ingress.resumeKey.sign("default", ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/webhook-waiting/ID",
        "/webhook-waiting/ID?signature=",
        "/webhook-waiting/ID?signature=c2lnbmF0dXJl",
        "/webhook-waiting/other?signature=SIGNATURE",
        "/webhook-waiting/?signature=SIGNATURE",
        "/webhook-waiting/ID?signature=SIGNATURE%00",
        "/webhook-waiting/ID?signature=SIGNATUREA",
        "/webhook-waiting/ID?Signature=SIGNATURE"
      })
  void withoutItsSignatureNothingIsAsked(String path) throws Exception {
    waits(webhook("{}"));

    HttpResponse<String> response =
        ingress.get(
            path.replace("ID", ID).replace("SIGNATURE", ingress.resumeKey.sign("default", ID)));

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(code(response)).isEqualTo(ErrorCode.UNAUTHORIZED.code());
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void anotherTenantsSignatureIsNone() throws Exception {
    HttpResponse<String> response =
        ingress.get("/webhook-waiting/" + ID + "?signature=" + ingress.resumeKey.sign("other", ID));

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(ingress.commands).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"busy,409", "over,409"})
  void whoComesAtAnotherTimeIsTold(String state, int status) throws Exception {
    stands(state);

    HttpResponse<String> response = ingress.get(url(""));

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(code(response)).isEqualTo(ErrorCode.NOT_WAITING.code());
    assertThat(ingress.command().getBody()).isInstanceOf(InspectWait.class);
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void whoIsSecondIsTold() throws Exception {
    waits(webhook("{}"));
    IngressFixture.Engine waiting = ingress.engine;
    ingress.engine =
        (command, outcome, replies) -> {
          if (command.getBody() instanceof ResumeExecution) {
            outcome.done(null);
            replies.complete(reply(command, new WaitAnswer("over", 0, null)));
          } else {
            waiting.handle(command, outcome, replies);
          }
        };

    HttpResponse<String> response = ingress.get(url(""));

    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(code(response)).isEqualTo(ErrorCode.NOT_WAITING.code());
  }

  @Test
  void methodSuffixAndKindHaveToFit() throws Exception {
    waits(
        new AwaitedCall(
            AwaitedCall.Kind.WEBHOOK,
            WORKFLOW,
            "Wait",
            "a b/c",
            null,
            Map.of("httpMethod", "PUT"),
            Map.of()));

    HttpResponse<String> get = ingress.get(url("/a%20b/c"));
    assertThat(get.statusCode()).isEqualTo(404);
    assertThat(code(get)).isEqualTo(ErrorCode.WRONG_METHOD.code());
    assertThat(get.headers().firstValue("allow")).hasValue("PUT");
    for (String wrong : List.of("", "/a", "/a%20b/c/d")) {
      HttpResponse<String> response = ingress.get(url(wrong));
      assertThat(response.statusCode()).as(wrong).isEqualTo(404);
      assertThat(code(response)).isEqualTo(ErrorCode.NO_WEBHOOK.code());
    }
    HttpResponse<String> form =
        ingress.get(url("/a%20b/c").replace("/webhook-waiting/", "/form-waiting/"));
    assertThat(form.statusCode()).isEqualTo(404);
    HttpResponse<String> put =
        ingress.send(ingress.request(url("/a%20b/c")).PUT(HttpRequest.BodyPublishers.noBody()));
    assertThat(put.statusCode()).isEqualTo(200);
  }

  @Test
  void aSuffixOrAQueryMayStandBehindTheSignature() throws Exception {
    waits(
        new AwaitedCall(
            AwaitedCall.Kind.WEBHOOK, WORKFLOW, "Wait", "yes", null, Map.of(), Map.of()));
    assertThat(ingress.get(url("") + "/yes").statusCode()).isEqualTo(200);
    resumed();

    waits(webhook("{}"));
    HttpResponse<String> response = ingress.get(url("") + "?approved=yes&by=ada");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(item(resumed()).get("query")).isEqualTo(Map.of("approved", "yes", "by", "ada"));
  }

  @Test
  void theNodesAuthenticationIsAskedFor() throws Exception {
    waits(
        new AwaitedCall(
            AwaitedCall.Kind.WEBHOOK,
            WORKFLOW,
            "Wait",
            "",
            null,
            Map.of("incomingAuthentication", "basicAuth"),
            Map.of("httpBasicAuth", Map.of("id", "1", "name", "Shop"))));

    HttpResponse<String> nobody = ingress.get(url(""));
    assertThat(nobody.statusCode()).isEqualTo(401);
    assertThat(nobody.headers().firstValue("www-authenticate")).isPresent();
    String wrong = Base64.getEncoder().encodeToString("ada:wrong".getBytes(StandardCharsets.UTF_8));
    assertThat(
            ingress
                .send(ingress.request(url("")).header("authorization", "Basic " + wrong))
                .statusCode())
        .isEqualTo(403);
    assertThat(ingress.commands).allMatch(c -> c.getBody() instanceof InspectWait);
    ingress.commands.clear();
    String right =
        Base64.getEncoder().encodeToString("ada:secret".getBytes(StandardCharsets.UTF_8));
    assertThat(
            ingress
                .send(ingress.request(url("")).header("authorization", "Basic " + right))
                .statusCode())
        .isEqualTo(200);
    resumed();
  }

  @Test
  void aCredentialThatIsNotNamedLetsNobodyIn() throws Exception {
    waits(webhook("{\"incomingAuthentication\":\"headerAuth\"}"));

    HttpResponse<String> response = ingress.get(url(""));

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(code(response)).isEqualTo(ErrorCode.INVALID_WORKFLOW.code());
    assertThat(ingress.commands).allMatch(c -> c.getBody() instanceof InspectWait);
  }

  @Test
  void aConditionIsAskedWithTheCallAndNothingElseIsEvaluatedAgain() throws Exception {
    waits(
        new AwaitedCall(
            AwaitedCall.Kind.WEBHOOK,
            WORKFLOW,
            "Wait",
            "",
            "={{ $json.query.go === 'yes' }}",
            Map.of("options", Map.of("responseData", "={{ 1 + 1 }}")),
            Map.of()));

    assertThat(ingress.get(url("")).body()).contains("condition does not hold");
    assertThat(ingress.commands).allMatch(c -> c.getBody() instanceof InspectWait);
    ingress.commands.clear();
    assertThat(ingress.get(url("") + "&go=yes").body()).isEqualTo("={{ 1 + 1 }}");
    resumed();
  }

  @Test
  void theCallerMayWaitForTheLastNode() throws Exception {
    waits(webhook("{\"responseMode\":\"lastNode\",\"responseCode\":201}"));
    var call =
        ingress.client.sendAsync(
            ingress.request(url("")).header("Idempotency-Key", "k1").build(),
            HttpResponse.BodyHandlers.ofString());
    CommandRecord command = resumed();
    ResumeExecution resume = (ResumeExecution) command.getBody();
    assertThat(resume.getAwaits()).isEqualTo("outcome");
    assertThat(resume.getIdempotencyKey()).isEqualTo("k1");

    ingress.replies.complete(
        reply(
            command,
            new dev.millrace.avro.ExecutionOutcome(
                "success",
                null,
                "Last",
                List.of(
                    new dev.millrace.avro.PortRecord(
                        List.of(
                            new dev.millrace.avro.ItemRecord(
                                IngressFixture.utf8("{\"done\":1}"), -1, null)))))));

    HttpResponse<String> response = call.get(10, TimeUnit.SECONDS);
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.body()).isEqualTo("{\"done\":1}");
  }

  @Test
  void aNodeMayAnswer() throws Exception {
    waits(webhook("{\"responseMode\":\"responseNode\"}"));
    var call =
        ingress.client.sendAsync(
            ingress.request(url("")).build(), HttpResponse.BodyHandlers.ofString());
    CommandRecord command = resumed();
    assertThat(((ResumeExecution) command.getBody()).getAwaits()).isEqualTo("answer");

    ingress.replies.complete(
        reply(
            command,
            new dev.millrace.avro.WebhookAnswer(
                418, Map.of("x-own", "1"), IngressFixture.utf8("tea"), null)));

    assertThat(call.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(418);
  }

  @Test
  void aSilentEngineIsNotMistakenForAnything() throws Exception {
    ingress.engine = (command, outcome, replies) -> outcome.done(null);

    HttpResponse<String> response = ingress.get(url(""));

    assertThat(response.statusCode()).isEqualTo(504);
    assertThat(code(response)).isEqualTo(ErrorCode.REPLY_TIMEOUT.code());
    assertThat(ingress.replies.size()).isZero();
  }

  @Test
  void aBrokerThatIsGoneIsTold() throws Exception {
    ingress.engine =
        (command, outcome, replies) ->
            outcome.done(IngressFixture.failure(ErrorCode.BROKER_UNAVAILABLE));

    assertThat(ingress.get(url("")).statusCode()).isEqualTo(503);
    assertThat(ingress.server.waiting()).isZero();
  }

  @Test
  void aBrowserMayAskFirst() throws Exception {
    HttpResponse<String> response =
        ingress.send(
            ingress
                .request(url(""))
                .header("origin", "https://shop.example")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));

    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.headers().firstValue("access-control-allow-origin"))
        .hasValue("https://shop.example");
    assertThat(ingress.commands).isEmpty();
  }
}
