package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CommandRecord;
import dev.millrace.value.Json;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a workflow sees of a body, and what is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhookBodyTest {
  private final IngressFixture ingress = new IngressFixture();

  @AfterAll
  void stop() throws Exception {
    ingress.close();
  }

  private void hook(double version, String options) {
    ingress.commands.clear();
    ingress.webhook(
        version,
        "{\"httpMethod\":\"POST\",\"path\":\"h\",\"options\":%s}"
            .formatted(options.isEmpty() ? "{}" : options),
        "{}");
  }

  private @Nullable Object body(String contentType, String body) throws Exception {
    HttpResponse<String> response = ingress.post("/webhook/h", contentType, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return ingress.item().get("body");
  }

  private Map<String, @Nullable Object> refused(int status, String contentType, String body)
      throws Exception {
    HttpResponse<String> response = ingress.post("/webhook/h", contentType, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(ingress.commands).isEmpty();
    return IngressFixture.json(response);
  }

  @Test
  void jsonOfEveryKind() throws Exception {
    hook(2.1, "");
    assertThat(body("application/json", "[1,\"ä\",null]")).isEqualTo(Arrays.asList(1.0, "ä", null));
    assertThat(body("application/json; charset=utf-8", "\"text\"")).isEqualTo("text");
    assertThat(body("application/vnd.api+json", "{\"a\":{}}")).isEqualTo(Map.of("a", Map.of()));
    assertThat(body("application/json", "")).isEqualTo(Map.of());
    assertThat(body("application/json", "\uFEFF{\"bom\":1}")).isEqualTo(Map.of("bom", 1.0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"a\":}", "nonsense", "{} {}", "[1,]", "  "})
  void brokenJsonIsRefused(String json) throws Exception {
    hook(2.1, "");
    assertThat(refused(422, "application/json", json))
        .containsEntry("errorCode", "MR-1001")
        .containsEntry("code", 422.0)
        .containsKeys("message", "hint");
  }

  @Test
  void invalidUtf8IsRefused() throws Exception {
    hook(2.1, "");
    // A broken sequence, an overlong slash, half a surrogate pair, beyond Unicode.
    for (int[] sequence :
        new int[][] {{0xC3, '('}, {0xC0, 0xAF}, {0xED, 0xA0, 0x80}, {0xF4, 0x90, 0x80, 0x80}}) {
      byte[] body = new byte[sequence.length + 2];
      body[0] = '"';
      for (int i = 0; i < sequence.length; i++) {
        body[i + 1] = (byte) sequence[i];
      }
      body[body.length - 1] = '"';
      HttpResponse<String> response =
          ingress.send(
              ingress
                  .request("/webhook/h")
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
      assertThat(response.statusCode()).as(Arrays.toString(sequence)).isEqualTo(422);
      assertThat(IngressFixture.json(response)).containsEntry("errorCode", "MR-1001");
    }
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void deepJsonIsRefusedAndLessDeepIsNot() throws Exception {
    hook(2.1, "");
    assertThat(refused(422, "application/json", "[".repeat(100) + "]".repeat(100)))
        .containsEntry("errorCode", "MR-1002");
    assertThat(refused(422, "application/json", "{\"a\":".repeat(100_000)))
        .containsEntry("errorCode", "MR-1002");
    assertThat(refused(422, "application/json", "{\"n\":" + "9".repeat(2000) + "}"))
        .containsEntry("errorCode", "MR-1002");
    assertThat(body("application/json", "[".repeat(99) + "]".repeat(99))).isInstanceOf(List.class);
  }

  @Test
  void formsAndText() throws Exception {
    hook(2.1, "");
    assertThat(body("application/x-www-form-urlencoded", "a=1&b=x+y%21&a=2&c&d%5Bk%5D=v&%zz=%zz"))
        .isEqualTo(Map.of("a", List.of("1", "2"), "b", "x y!", "c", "", "d[k]", "v", "%zz", "%zz"));
    assertThat(body("text/plain", "line\n\"two\"")).isEqualTo("line\n\"two\"");
    assertThat(
            refused(422, "application/x-www-form-urlencoded", "a=1&".repeat(1001)).get("errorCode"))
        .isEqualTo("MR-3002");
  }

  @Test
  void queriesMayNest() throws Exception {
    hook(2.1, "");
    RawHttp.Response response =
        RawHttp.send(
            ingress.server.port(),
            "POST /webhook/h?a=1&f[x]=1&f[y][]=2&f%5By%5D[]=3&l[0]=p&l[1]=q&e=%C3%A4&big[99]=z"
                + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    assertThat(response.status()).isEqualTo(200);
    assertThat(ingress.item().get("query"))
        .isEqualTo(
            Map.of(
                "a", "1",
                "f", Map.of("x", "1", "y", List.of("2", "3")),
                "l", List.of("p", "q"),
                "e", "ä",
                "big", Map.of("99", "z")));
  }

  @Test
  void xmlBecomesAnObject() throws Exception {
    hook(2.1, "");
    assertThat(
            body(
                "application/xml",
                "<?xml version=\"1.0\"?><Order id=\"7\"><Item>a</Item><Item>b &amp; c</Item>"
                    + "<Note lang=\"en\"> hi\n there </Note><Empty/></Order>"))
        .isEqualTo(
            Map.of(
                "order",
                Map.of(
                    "$", Map.of("id", "7"),
                    "item", List.of("a", "b & c"),
                    "note", Map.of("$", Map.of("lang", "en"), "_", "hi there"),
                    "empty", "")));
    assertThat(body("application/soap+xml", "<a>1</a>")).isEqualTo(Map.of("a", "1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a>",
        "no xml",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x \"boom\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
        "<a>&unknown;</a>"
      })
  void hostileXmlIsRefused(String xml) throws Exception {
    hook(2.1, "");
    assertThat(refused(422, "text/xml", xml)).containsEntry("errorCode", "MR-3002");
  }

  @Test
  void deepXmlIsRefused() throws Exception {
    hook(2.1, "");
    assertThat(refused(422, "text/xml", "<a>".repeat(200) + "</a>".repeat(200)))
        .containsEntry("errorCode", "MR-1002");
  }

  private static final String MULTIPART =
      """
      --XX
      Content-Disposition: form-data; name="title"

      A \u00e4
      --XX
      Content-Disposition: form-data; name="tag"

      one
      --XX
      Content-Disposition: form-data; name="tag"

      two
      --XX
      Content-Disposition: form-data; name="doc"; filename="C:\\dir\\report.txt"
      Content-Type: text/plain

      hello
      world
      --XX
      Content-Disposition: form-data; name="pics"; filename="1.png"
      Content-Type: image/png

      P1
      --XX
      Content-Disposition: form-data; name="pics"; filename="2.png"
      Content-Type: image/png

      --XX--
      """
          .replace("\n", "\r\n");

  @Test
  void multipartGivesFieldsAndFiles() throws Exception {
    hook(2.1, "");
    ingress.post("/webhook/h", "multipart/form-data; boundary=XX", MULTIPART);
    CommandRecord command = ingress.command();

    assertThat(IngressFixture.item(command).get("body"))
        .isEqualTo(Map.of("title", "A ä", "tag", List.of("one", "two")));
    Map<String, @Nullable Object> files = IngressFixture.files(command);
    assertThat(files.keySet()).containsExactly("doc", "pics0", "pics1");
    assertThat(IngressFixture.object(files.get("doc")))
        .containsEntry("fileName", "report.txt")
        .containsEntry("fileExtension", "txt")
        .containsEntry("mimeType", "text/plain")
        .containsEntry("fileType", "text")
        .containsEntry("fileSize", "12 B")
        .containsEntry("data", base64("hello\r\nworld"));
    assertThat(IngressFixture.object(files.get("pics1"))).containsEntry("bytes", 0.0);
  }

  @Test
  void multipartFilesCanShareAName() throws Exception {
    hook(2.1, "{\"binaryPropertyName\":\"up\"}");
    ingress.post("/webhook/h", "multipart/form-data; boundary=\"XX\"", MULTIPART);
    assertThat(IngressFixture.files(ingress.command()).keySet())
        .containsExactly("up0", "up1", "up2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no boundary at all",
        "--XX",
        "--XX\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnever ends",
        "--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nno end of headers",
        "--XXjunk\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XX--"
      })
  void brokenMultipartIsRefused(String body) throws Exception {
    hook(2.1, "");
    if (body.isEmpty()) {
      assertThat(refused(422, "multipart/form-data", "x")).containsEntry("errorCode", "MR-3002");
    } else {
      assertThat(refused(422, "multipart/form-data; boundary=XX", body))
          .containsEntry("errorCode", "MR-3002");
    }
  }

  @Test
  void tooManyPartsAreRefused() throws Exception {
    hook(2.1, "");
    String part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    assertThat(refused(422, "multipart/form-data; boundary=XX", part.repeat(1001) + "--XX--"))
        .containsEntry("errorCode", "MR-3002");
  }

  @ParameterizedTest
  @CsvSource({"2.1,'',data", "2,'{\"binaryPropertyName\":\"file\"}',file", "1,'',"})
  void otherTypesAreFilesFromVersionTwoOn(double version, String options, @Nullable String property)
      throws Exception {
    hook(version, options);
    ingress.post("/webhook/h", "application/pdf", "%PDF");
    CommandRecord command = ingress.command();
    assertThat(IngressFixture.item(command).get("body")).isEqualTo(Map.of());
    if (property == null) {
      assertThat(IngressFixture.files(command)).isEmpty();
    } else {
      assertThat(IngressFixture.object(IngressFixture.files(command).get(property)))
          .containsEntry("mimeType", "application/pdf")
          .containsEntry("fileExtension", "pdf")
          .containsEntry("data", base64("%PDF"));
    }
  }

  @Test
  void theRawBodyTravelsBesideTheParsedOne() throws Exception {
    hook(2.1, "{\"rawBody\":true}");
    ingress.postJson("/webhook/h", "{ \"a\" : 1 }");
    CommandRecord command = ingress.command();
    assertThat(IngressFixture.item(command).get("body")).isEqualTo(Map.of("a", 1.0));
    assertThat(IngressFixture.object(IngressFixture.files(command).get("data")))
        .containsEntry("data", base64("{ \"a\" : 1 }"))
        .containsEntry("mimeType", "application/json");
  }

  @Test
  void compressedBodiesAreUnpackedWithinTheLimit() throws Exception {
    hook(2.1, "");
    HttpResponse<String> small = gzipped("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
    assertThat(small.statusCode()).as(small.body()).isEqualTo(200);
    assertThat(ingress.item().get("body")).isEqualTo(Map.of("a", 1.0));

    HttpResponse<String> bomb = gzipped(new byte[64 * 1024 * 1024]);
    assertThat(bomb.statusCode()).isEqualTo(413);
    assertThat(IngressFixture.json(bomb)).containsEntry("errorCode", "MR-3001");
    assertThat(ingress.commands).isEmpty();
  }

  private HttpResponse<String> gzipped(byte[] body) throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(body);
    }
    return ingress.send(
        ingress
            .request("/webhook/h")
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(packed.toByteArray())));
  }

  @Test
  void theBodysOwnBytesArePassedOn() throws Exception {
    hook(2.1, "");
    ingress.postJson("/webhook/h", "{\"id\":12345678901234567890,\"x\":1.0}");
    byte[] json =
        IngressFixture.start(ingress.command()).getItems().getFirst().getJson().array().clone();
    assertThat(new String(json, StandardCharsets.UTF_8))
        .contains("\"body\":{\"id\":12345678901234567890,\"x\":1.0},");
    assertThat(Json.parse(json)).isInstanceOf(Map.class);
  }

  @ParameterizedTest
  @CsvSource({"0,0 B", "999,999 B", "1000,1 kB", "1024,1.02 kB", "15300,15.3 kB", "2500000,2.5 MB"})
  void sizesArePrintedForPeople(long bytes, String expected) {
    assertThat(Files.size(bytes)).isEqualTo(expected);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
