package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.SocketException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that send too much, too slowly or nonsense, and more of them than the server takes. */
class HostileClientTest {
  private static final int MIB = 1024 * 1024;

  private final IngressFixture ingress =
      new IngressFixture(
          IngressSettings.Limits.defaults()
              .withMaxBodyBytes(4 * MIB)
              .withOverload(2, 10L * MIB)
              .withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofSeconds(5)),
          CredentialStore.none());

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  private void hook(String mode) {
    ingress.webhook(
        "{\"httpMethod\":\"POST\",\"path\":\"h\",\"responseMode\":\"%s\"}".formatted(mode));
  }

  private static String post(String headers) {
    return "POST /webhook/h HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + headers
        + "\r\n";
  }

  private void stillServes() throws Exception {
    assertThat(ingress.postJson("/webhook/h", "{\"still\":1}").statusCode()).isEqualTo(200);
    assertThat(ingress.item().get("body")).isEqualTo(java.util.Map.of("still", 1.0));
  }

  @Test
  void aBodyThatIsAnnouncedTooLargeIsRefusedUnread() throws Exception {
    hook("onReceived");
    RawHttp.Response response =
        RawHttp.send(ingress.server.port(), post("Content-Length: 104857600\r\n"));
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.text()).contains("\"errorCode\":\"MR-3001\"");
    assertThat(response.closed()).isTrue();
    stillServes();
  }

  @Test
  void aBodyThatGrowsTooLargeIsCutOff() throws Exception {
    hook("onReceived");
    try (RawHttp raw = new RawHttp(ingress.server.port())) {
      raw.write(post("Transfer-Encoding: chunked\r\n"));
      byte[] chunk =
          ("10000\r\n" + " ".repeat(0x10000) + "\r\n")
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      int sent = 0;
      try {
        for (; sent < 100 * 16; sent++) {
          raw.write(chunk);
        }
      } catch (SocketException cutOff) {
        // The server does not read what it does not want.
      }
      assertThat(sent).as("chunks of 64 KiB").isLessThan(100 * 16);
    }
    await().untilAsserted(() -> assertThat(ingress.server.bytesInFlight()).isZero());
    assertThat(ingress.commands).isEmpty();
    stillServes();
  }

  @Test
  void aClientThatSendsItsBodyTooSlowlyIsCutOff() throws Exception {
    hook("onReceived");
    long start = System.nanoTime();
    try (RawHttp raw = new RawHttp(ingress.server.port())) {
      raw.write(post("Content-Length: 1000\r\n") + "{\"a\":");
      RawHttp.Response response = raw.read(20_000);
      assertThat(response.status()).isIn(0, 400, 408);
      assertThat(response.closed()).isTrue();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    stillServes();
  }

  @Test
  void aClientThatDripsIsCutOffToo() throws Exception {
    hook("onReceived");
    try (RawHttp raw = new RawHttp(ingress.server.port())) {
      raw.write(post("Content-Length: 1000\r\n"));
      List<Integer> written = new ArrayList<>();
      await()
          .atMost(10, TimeUnit.SECONDS)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> {
            try {
              raw.write(" ");
              written.add(1);
              return false;
            } catch (SocketException cutOff) {
              return true;
            }
          });
      assertThat(written).hasSizeLessThan(60);
    }
    assertThat(ingress.commands).isEmpty();
    stillServes();
  }

  @Test
  void aClientThatGoesAwayStartsNothing() throws Exception {
    hook("onReceived");
    try (RawHttp raw = new RawHttp(ingress.server.port())) {
      raw.write(post("Content-Length: 1000\r\n") + "{}");
    }
    await().untilAsserted(() -> assertThat(ingress.server.bytesInFlight()).isZero());
    assertThat(ingress.commands).isEmpty();
    stillServes();
  }

  @Test
  void aFloodOfHeadersIsRefused() throws Exception {
    hook("onReceived");
    StringBuilder headers = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      headers.append("X-Header-").append(i).append(": value\r\n");
    }
    try (RawHttp raw = new RawHttp(ingress.server.port())) {
      try {
        raw.write(post(headers.toString()));
      } catch (SocketException cutOff) {
        // Refused before it was sent to its end.
      }
      RawHttp.Response response = raw.read(3000);
      assertThat(response.status()).isIn(0, 400, 431);
      assertThat(response.closed()).isTrue();
    }
    assertThat(ingress.commands).isEmpty();
    stillServes();
  }

  @Test
  void nonsenseIsNoRequest() throws Exception {
    hook("onReceived");
    for (String nonsense :
        List.of(
            "\u0000\u0001\u0002\r\n\r\n",
            "POST\r\n\r\n",
            post("Content-Length: -5\r\n"),
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            post("Transfer-Encoding: chunked\r\n") + "zz\r\n")) {
      RawHttp.Response response = RawHttp.send(ingress.server.port(), nonsense);
      assertThat(response.status()).as(nonsense).isIn(0, 400);
      assertThat(response.closed()).as(nonsense).isTrue();
    }
    assertThat(ingress.commands).isEmpty();
    stillServes();
  }

  @Test
  void anUnknownEncodingIsRefused() throws Exception {
    hook("onReceived");
    RawHttp.Response response =
        RawHttp.send(
            ingress.server.port(),
            post("Content-Encoding: brotli\r\nContent-Length: 2\r\n") + "{}");
    assertThat(response.status()).isIn(400, 415);
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void moreCallsThanMayWaitAreTurnedAway() throws Exception {
    hook("lastNode");
    List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      waiting.add(
          ingress.client.sendAsync(
              ingress
                  .request("/webhook/h")
                  .POST(java.net.http.HttpRequest.BodyPublishers.noBody())
                  .build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    await().until(() -> ingress.commands.size() == 2);

    HttpResponse<String> refused = ingress.postJson("/webhook/h", "{}");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
    assertThat(IngressFixture.json(refused)).containsEntry("errorCode", "MR-3007");
    assertThat(ingress.commands).hasSize(2);

    // Those that were accepted are answered, and then there is room again.
    for (var command : List.copyOf(ingress.commands)) {
      ingress.replies.complete(IngressFixture.success(command, "{}"));
    }
    for (var call : waiting) {
      assertThat(call.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
    ingress.answers("{\"room\":1}");
    assertThat(ingress.postJson("/webhook/h", "{}").body()).isEqualTo("{\"room\":1}");
  }

  @Test
  void moreBytesThanMayBeHeldAreTurnedAway() throws Exception {
    try (IngressFixture patient =
        new IngressFixture(
            IngressSettings.Limits.defaults().withMaxBodyBytes(4 * MIB).withOverload(5, 10L * MIB),
            CredentialStore.none())) {
      patient.webhook("{\"httpMethod\":\"POST\",\"path\":\"h\",\"responseMode\":\"lastNode\"}");
      String large = "\"" + "x".repeat(4 * MIB - 100) + "\"";
      List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        held.add(
            patient.client.sendAsync(
                patient
                    .request("/webhook/h")
                    .header("content-type", "application/json")
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString(large))
                    .build(),
                HttpResponse.BodyHandlers.ofString()));
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> patient.commands.size() == 2);
      try (RawHttp raw = new RawHttp(patient.server.port())) {
        // Just what takes the server over its bound: with more under way, closing could reset the
        // connection before the answer is read.
        raw.write(post("Content-Length: " + large.length() + "\r\n"));
        raw.write(large.substring(0, 2 * MIB + 1));
        RawHttp.Response refused = raw.read(10_000);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text()).contains("\"errorCode\":\"MR-3007\"").contains("etry-");
      }
      assertThat(patient.commands).hasSize(2);
      for (var command : patient.commands) {
        patient.replies.complete(IngressFixture.success(command, "{}"));
      }
      for (var call : held) {
        assertThat(call.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      }
      await().untilAsserted(() -> assertThat(patient.server.bytesInFlight()).isZero());
    }
  }

  @Test
  void aCallThatWaitsForItsReplyIsNotIdle() throws Exception {
    hook("lastNode");
    CompletableFuture<HttpResponse<String>> waiting =
        ingress.client.sendAsync(
            ingress
                .request("/webhook/h")
                .POST(java.net.http.HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    var command = ingress.command();
    try (RawHttp silent = new RawHttp(ingress.server.port())) {
      silent.write("POST /web");
      // The silent connection is ended after the time that the waiting one outlives.
      assertThat(silent.read(8000).closed()).isTrue();
    }
    assertThat(waiting.isDone()).isFalse();
    ingress.replies.complete(IngressFixture.success(command, "{\"ok\":1}"));
    assertThat(waiting.get(10, TimeUnit.SECONDS).body()).isEqualTo("{\"ok\":1}");
  }

  @Test
  void whatTheServerCannotReadIsAnErrorLikeAnyOther() throws Exception {
    hook("onReceived");
    for (String request :
        List.of(
            "GET /webhook/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /webhook/h HTTP/1.1\r\n\r\n",
            "GET /webhook/h HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
            "GET /webhook/h HTTP/1.1\r\nHost: x\r\nA: " + "y".repeat(70_000) + "\r\n\r\n")) {
      RawHttp.Response response = RawHttp.send(ingress.server.port(), request);
      assertThat(response.text())
          .as(request)
          .startsWith("HTTP/1.1 400")
          .contains("\"errorCode\":\"MR-3009\"");
    }
    assertThat(ingress.commands).isEmpty();
    stillServes();
  }

  @Test
  void aLongQueryIsServed() throws Exception {
    hook("onReceived");
    assertThat(ingress.postJson("/webhook/h?q=" + "y".repeat(30_000), "{}").statusCode())
        .isEqualTo(200);
  }

  @Test
  void aClientThatAsksBeforeItSendsIsAnsweredOnce() throws Exception {
    hook("onReceived");
    RawHttp.Response response =
        RawHttp.send(
            ingress.server.port(), post("Expect: 100-continue\r\nContent-Length: 104857600\r\n"));
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.text()).doesNotContain("100 Continue");
    assertThat(response.closed()).isTrue();
    stillServes();
  }

  @Test
  void requestsBehindOneAnotherAreAnsweredInTurn() throws Exception {
    hook("onReceived");
    String bad = post("Content-Length: 5\r\n") + "{\"a\":";
    String good = post("Content-Length: 7\r\n") + "{\"n\":1}";
    String last = post("Connection: close\r\nContent-Length: 7\r\n") + "{\"n\":2}";
    String text = RawHttp.send(ingress.server.port(), bad + good + last).text();
    assertThat(java.util.regex.Pattern.compile("HTTP/1.1 (\\d+)").matcher(text).results())
        .extracting(found -> found.group(1))
        .containsExactly("422", "200", "200");
    assertThat(ingress.item().get("body")).isEqualTo(java.util.Map.of("n", 1.0));
    assertThat(ingress.item().get("body")).isEqualTo(java.util.Map.of("n", 2.0));
  }
}
