package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.InspectWait;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.WaitAnswer;
import dev.millrace.node.AwaitedCall;
import dev.millrace.serde.ItemRecords;
import dev.millrace.value.Json;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Forms that executions wait for, as a browser sees and sends them. */
class FormTest {
  private static final String ID = "0190-abc";
  private static final String HOSTILE = "<script>alert(1)</script>\"'&";

  private static final String FIELDS =
      """
      {"values":[
       {"fieldLabel":"Name","fieldType":"text","placeholder":"Your name","requiredField":true},
       {"fieldLabel":"Age","fieldType":"number"},
       {"fieldLabel":"Mail","fieldType":"email"},
       {"fieldLabel":"Day","fieldType":"date"},
       {"fieldLabel":"Size","fieldType":"dropdown",
        "fieldOptions":{"values":[{"option":"S"},{"option":"L"}]}},
       {"fieldLabel":"Extras","fieldType":"checkbox","limitSelection":"range",
        "minSelections":1,"maxSelections":2,
        "fieldOptions":{"values":[{"option":"a"},{"option":"b"},{"option":"c"}]}},
       {"fieldLabel":"Way","fieldType":"radio",
        "fieldOptions":{"values":[{"option":"up"},{"option":"down"}]}},
       {"fieldLabel":"Note","fieldType":"textarea","defaultValue":"none"},
       {"fieldLabel":"Word","fieldType":"password"},
       {"fieldName":"source","fieldType":"hiddenField","fieldValue":"mail"},
       {"fieldType":"html","elementName":"terms",
        "html":"<p onclick='x()'>Read <a href='javascript:x()'>this</a><script>x()</script></p>"},
       {"fieldLabel":"The proof","fieldType":"file","multipleFiles":true,"acceptFileTypes":".txt"}
      ]}\
      """;

  private final IngressFixture ingress = new IngressFixture();

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  private void waits(Map<String, @Nullable Object> parameters) {
    AwaitedCall call =
        new AwaitedCall(AwaitedCall.Kind.FORM, "W", "Wait", "", null, parameters, Map.of());
    ingress.engine =
        (command, outcome, replies) -> {
          outcome.done(null);
          switch (command.getBody()) {
            case InspectWait inspect ->
                replies.complete(
                    new ReplyRecord(
                        inspect.getReplyTo().getRequestId(),
                        ID,
                        new WaitAnswer("waiting", 1, ItemRecords.jsonBytes(call.toJson()))));
            case ResumeExecution resume ->
                replies.complete(
                    new ReplyRecord(
                        resume.getReplyTo().getRequestId(),
                        ID,
                        resume.getAwaits().equals("taken")
                            ? new WaitAnswer("resumed", 0, null)
                            : new ExecutionOutcome("error", null, null, List.of())));
            default -> {}
          }
        };
  }

  private static Map<String, @Nullable Object> parameters(String fields) {
    return Map.of(
        "formTitle",
        "Order " + HOSTILE,
        "formDescription",
        "Say more " + HOSTILE,
        "formFields",
        Json.parse(fields));
  }

  private String url() {
    return "/form-waiting/" + ID + "?signature=" + ingress.resumeKey.sign("default", ID);
  }

  private HttpResponse<String> sent(String... namesAndValues) throws Exception {
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      pairs.add(
          namesAndValues[i]
              + "="
              + URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
    }
    return ingress.post(url(), "application/x-www-form-urlencoded", String.join("&", pairs));
  }

  private ResumeExecution resumed() throws InterruptedException {
    CommandRecord command = ingress.command();
    while (command.getBody() instanceof InspectWait) {
      command = ingress.command();
    }
    return (ResumeExecution) command.getBody();
  }

  private static Map<String, @Nullable Object> item(ResumeExecution resume) {
    return IngressFixture.object(
        Json.parse(IngressFixture.text(resume.getItems().getFirst().getJson())));
  }

  @Test
  void thePageHasEveryFieldAndRunsNothing() throws Exception {
    waits(parameters(FIELDS));

    HttpResponse<String> response = ingress.get(url() + "&Name=Ada&Way=down&Size=" + "L");

    assertThat(response.statusCode()).isEqualTo(200);
    String policy = response.headers().firstValue("content-security-policy").orElseThrow();
    assertThat(policy)
        .startsWith("default-src 'none'; style-src 'sha256-")
        .contains("form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        .doesNotContain("script");
    assertThat(response.headers().firstValue("referrer-policy")).hasValue("no-referrer");
    assertThat(response.headers().firstValue("cache-control")).hasValue("no-store");
    Document page = Jsoup.parse(response.body());
    assertThat(page.select("script, [onclick], [style], a[href^=javascript]")).isEmpty();
    assertThat(page.select("h1").text()).isEqualTo("Order " + HOSTILE);
    assertThat(page.select(".about").text()).isEqualTo("Say more " + HOSTILE);
    assertThat(page.select("form").attr("method")).isEqualTo("post");
    assertThat(page.select("html").attr("lang")).isNotEmpty();
    for (Element control : page.select("input:not([type=hidden]), select, textarea")) {
      boolean labelled =
          Objects.requireNonNull(control.parent()).is("label")
              || page.select("label[for=" + control.id() + "]").size() == 1;
      assertThat(labelled).as(control.outerHtml()).isTrue();
    }
    assertThat(page.select("[type=text]").attr("value")).isEqualTo("Ada");
    assertThat(page.select("[type=text]").hasAttr("required")).isTrue();
    assertThat(page.select("[type=radio][checked]").attr("value")).isEqualTo("down");
    assertThat(page.select("option[selected]").text()).isEqualTo("L");
    assertThat(page.select("textarea").text()).isEqualTo("none");
    assertThat(page.select("[type=file]").attr("accept")).isEqualTo(".txt");
    for (String type :
        List.of("number", "email", "date", "checkbox", "password", "hidden", "file")) {
      assertThat(page.select("input[type=" + type + "]")).as(type).isNotEmpty();
    }
    assertThat(ingress.command().getBody()).isInstanceOf(InspectWait.class);
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void whatIsSentBecomesTheItem() throws Exception {
    waits(parameters(FIELDS));

    HttpResponse<String> response =
        sent(
            "field-0", HOSTILE,
            "field-1", "4.5",
            "field-2", "ada@example.com",
            "field-3", "2026-01-31",
            "field-4", "S",
            "field-5", "a",
            "field-5", "c",
            "field-6", "up",
            "field-7", "two\r\nlines",
            "field-8", "secret",
            "field-9", "forged",
            "field-10", "forged",
            "unknown", "forged");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(Jsoup.parse(response.body()).text()).contains("Your response has been recorded");
    ResumeExecution resume = resumed();
    assertThat(resume.getAwaits()).isEqualTo("taken");
    Map<String, @Nullable Object> item = item(resume);
    assertThat(item.keySet())
        .containsExactly(
            "Name",
            "Age",
            "Mail",
            "Day",
            "Size",
            "Extras",
            "Way",
            "Note",
            "Word",
            "source",
            "terms",
            "The proof",
            "submittedAt",
            "formMode");
    assertThat(item)
        .containsEntry("Name", HOSTILE)
        .containsEntry("Age", 4.5)
        .containsEntry("Day", "2026-01-31")
        .containsEntry("Size", "S")
        .containsEntry("Extras", List.of("a", "c"))
        .containsEntry("Way", "up")
        .containsEntry("Note", "two\r\nlines")
        .containsEntry("source", "mail")
        .containsEntry("The proof", List.of())
        .containsEntry("formMode", "production");
    assertThat(Instant.parse(String.valueOf(item.get("submittedAt")))).isBefore(Instant.MAX);
  }

  @Test
  void filesTravelWithTheItem() throws Exception {
    waits(parameters(FIELDS));
    String body =
        """
        --B
        Content-Disposition: form-data; name="field-0"

        Ada
        --B
        Content-Disposition: form-data; name="field-5"

        b
        --B
        Content-Disposition: form-data; name="field-11"; filename="a.txt"
        Content-Type: text/plain

        hello
        --B
        Content-Disposition: form-data; name="field-11"; filename="B.TXT"
        Content-Type: text/plain

        there
        --B--
        """
            .replace("\n", "\r\n");

    HttpResponse<String> response = ingress.post(url(), "multipart/form-data; boundary=B", body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    ResumeExecution resume = resumed();
    assertThat(Json.text(item(resume).get("The proof")))
        .isEqualTo(
            "[{\"filename\":\"a.txt\",\"mimetype\":\"text/plain\",\"size\":5},"
                + "{\"filename\":\"B.TXT\",\"mimetype\":\"text/plain\",\"size\":5}]");
    ByteBuffer extra = resume.getItems().getFirst().getExtra();
    assertThat(
            IngressFixture.object(
                    IngressFixture.object(Json.parse(IngressFixture.text(extra))).get("binary"))
                .keySet())
        .containsExactly("The_proof_0", "The_proof_1");
  }

  @Test
  void whatIsWrongIsShownAndNothingIsResumed() throws Exception {
    waits(parameters(FIELDS));
    String[] good = {"field-0", "Ada", "field-5", "a"};
    List<String[]> wrong =
        List.of(
            new String[] {"field-5", "a"},
            new String[] {"field-0", "Ada"},
            with(good, "field-1", "many"),
            with(good, "field-1", "Infinity"),
            with(good, "field-2", "nobody"),
            with(good, "field-3", "31.1.2026"),
            with(good, "field-4", "XL"),
            with(good, "field-5", "b", "field-5", "c"),
            with(good, "field-6", "sideways"),
            with(good, "field-0", "twice"));
    for (String[] one : wrong) {
      HttpResponse<String> response = sent(one);
      assertThat(response.statusCode()).as(String.join(",", one)).isEqualTo(422);
      Document page = Jsoup.parse(response.body());
      Element alert = page.expectFirst("[role=alert] a");
      String id = alert.attr("href").substring(1);
      assertThat(page.expectFirst("#" + id).attr("aria-describedby")).isEqualTo(id + "-problem");
      assertThat(page.expectFirst("#" + id + "-problem").text()).isNotEmpty();
    }
    assertThat(ingress.commands).allMatch(c -> c.getBody() instanceof InspectWait);

    HttpResponse<String> kept = sent("field-0", HOSTILE, "field-8", "secret");
    Document page = Jsoup.parse(kept.body());
    assertThat(page.select("[type=text]").attr("value")).isEqualTo(HOSTILE);
    assertThat(kept.body()).doesNotContain("secret").doesNotContain("<script");
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void theSenderMayBeLedElsewhere() throws Exception {
    waits(
        Map.of(
            "options",
            Map.of(
                "respondWithOptions",
                Map.of(
                    "values",
                    Map.of(
                        "respondWith", "redirect", "redirectUrl", "https://shop.example/x?y=1")))));

    assertThat(ingress.get(url()).headers().firstValue("content-security-policy").orElseThrow())
        .contains("form-action 'self' https://shop.example;");
    HttpResponse<String> response = sent();
    assertThat(response.statusCode()).isEqualTo(303);
    assertThat(response.headers().firstValue("location")).hasValue("https://shop.example/x?y=1");
  }

  @Test
  void noPageLeadsToAScript() throws Exception {
    waits(
        Map.of(
            "options",
            Map.of(
                "respondWithOptions",
                Map.of(
                    "values",
                    Map.of("respondWith", "redirect", "redirectUrl", "javascript:alert(1)")))));

    assertThat(ingress.get(url()).headers().firstValue("content-security-policy").orElseThrow())
        .doesNotContain("javascript");
    assertThat(sent().statusCode()).isEqualTo(200);
  }

  @Test
  void aWorkflowThatFailsIsTold() throws Exception {
    waits(Map.of("responseMode", "lastNode"));

    HttpResponse<String> response = sent();

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).contains("its workflow failed");
  }

  @Test
  void whoMayNotOrComesLateSeesAPage() throws Exception {
    HttpResponse<String> stranger = ingress.get("/form-waiting/" + ID + "?signature=x");
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(stranger.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
    assertThat(stranger.headers().firstValue("content-security-policy")).isPresent();

    ingress.engine =
        (command, outcome, replies) -> {
          outcome.done(null);
          replies.complete(
              new ReplyRecord(
                  ((InspectWait) command.getBody()).getReplyTo().getRequestId(),
                  ID,
                  new WaitAnswer("over", 0, null)));
        };
    HttpResponse<String> late = ingress.get(url());
    assertThat(late.statusCode()).isEqualTo(409);
    assertThat(late.body()).contains("This form is closed");
    HttpResponse<String> other =
        ingress.send(ingress.request(url()).PUT(HttpRequest.BodyPublishers.noBody()));
    assertThat(other.statusCode()).isEqualTo(409);
  }
}
