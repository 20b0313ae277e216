package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parameters of a webhook that say with each call what becomes of it. */
class WebhookExpressionsTest {
  private final IngressFixture ingress = new IngressFixture();

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  private void hook(String more) {
    ingress.webhook("{\"httpMethod\":\"POST\",\"path\":\"h\"" + more + "}");
  }

  @Test
  void codeHeadersAndTextOfAnImmediateAnswer() throws Exception {
    hook(
        """
        ,"options":{"responseCode":{"values":{"responseCode":"={{ $json.body.code }}"}},
         "responseHeaders":{"entries":[{"name":"X-Who","value":"={{ $json.body.who.toUpperCase() }}"}]},
         "responseData":"=got {{ $json.body.who }} by {{ $json.headers['content-type'] }}"}\
        """);
    HttpResponse<String> response =
        ingress.postJson("/webhook/h", "{\"code\":202,\"who\":\"ann\"}");
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.headers().firstValue("x-who")).hasValue("ANN");
    assertThat(response.body()).isEqualTo("got ann by application/json");
    response = ingress.postJson("/webhook/h", "{\"code\":299,\"who\":\"bob\"}");
    assertThat(response.statusCode()).isEqualTo(299);
    assertThat(response.headers().firstValue("x-who")).hasValue("BOB");
    assertThat(ingress.commands).hasSize(2);
  }

  @Test
  void theModeAndWhatOfTheLastNodeIsAnswered() throws Exception {
    hook(
        """
        ,"responseMode":"={{ $json.body.wait ? 'lastNode' : 'onReceived' }}",
         "responseData":"={{ $json.body.all ? 'allEntries' : 'firstEntryJson' }}",
         "options":{"responsePropertyName":"={{ $json.body.part }}"}\
        """);
    assertThat(ingress.postJson("/webhook/h", "{\"part\":\"a\"}").body())
        .contains("Workflow was started");
    ingress.answers("{\"a\":{\"b\":1}}", "{\"a\":2}");
    assertThat(ingress.postJson("/webhook/h", "{\"wait\":1,\"part\":\"a\"}").body())
        .isEqualTo("{\"b\":1}");
    assertThat(ingress.postJson("/webhook/h", "{\"wait\":1,\"all\":1,\"part\":\"a\"}").body())
        .isEqualTo("[{\"a\":{\"b\":1}},{\"a\":2}]");
  }

  @Test
  void anExpressionThatFailsStartsNothingAndTheNextCallIsServed() throws Exception {
    hook(",\"options\":{\"responseData\":\"={{ $('Nobody').item.json.x }}\"}");
    HttpResponse<String> response = ingress.postJson("/webhook/h", "{}");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(IngressFixture.json(response)).containsEntry("errorCode", "MR-1202");
    assertThat(response.body()).contains("Hook");
    hook(",\"options\":{\"responseCode\":{\"values\":{\"responseCode\":\"={{ $json.body.c }}\"}}}");
    response = ingress.postJson("/webhook/h", "{\"c\":7}");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(IngressFixture.json(response)).containsEntry("errorCode", "MR-1101");
    assertThat(ingress.commands).isEmpty();
    assertThat(ingress.postJson("/webhook/h", "{\"c\":201}").statusCode()).isEqualTo(201);
    assertThat(ingress.commands).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "={{ $json.body.amount > 10 }}, true",
        "={{ $json.body.amount > 100 }}, false",
        "={{ $json.query.go }}, true",
        "={{ $json.body.nothing }}, false",
        "=false, false",
        "false, false",
        "true, true",
      })
  void onlyRunIf(String condition, boolean runs) throws Exception {
    hook(",\"options\":{\"onlyRunIf\":\"" + condition + "\"}");
    HttpResponse<String> response = ingress.postJson("/webhook/h?go=1", "{\"amount\":11}");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains(runs ? "Workflow was started" : "was not started");
    assertThat(response.headers().firstValue("x-millrace-execution-id").isPresent())
        .isEqualTo(runs);
    assertThat(ingress.commands).hasSize(runs ? 1 : 0);
  }

  @Test
  void anExpressionThatNeedsJavaScriptWorksUnderManyCalls() throws Exception {
    hook(
        ",\"options\":{\"responseData\":\"={{ Object.entries($json.body).reduce((s, [k, v]) => s + v,"
            + " 0) }}\"}");
    var calls =
        java.util.stream.IntStream.range(0, 50)
            .mapToObj(i ->
                ingress.client.sendAsync(
                    ingress
                        .request("/webhook/h")
                        .header("content-type", "application/json")
                        .POST(
                            java.net.http.HttpRequest.BodyPublishers.ofString(
                                "{\"a\":1,\"b\":" + i + "}"))
                        .build(),
                    HttpResponse.BodyHandlers.ofString()))
            .toList();
    for (int i = 0; i < calls.size(); i++) {
      assertThat(calls.get(i).get().body()).isEqualTo(String.valueOf(1 + i));
    }
  }
}
