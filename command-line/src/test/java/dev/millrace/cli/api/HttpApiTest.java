package dev.millrace.cli.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpApiTest {
  private final FakeServer server = new FakeServer();
  private final List<Duration> slept = new ArrayList<>();
  private final HttpApi api = HttpApi.millrace(server.url(), "mr_secret", slept::add);

  @AfterEach
  void close() {
    api.close();
    server.close();
  }

  private static Map<String, Object> page(String next, String... ids) {
    List<Map<String, String>> rows = new ArrayList<>();
    for (String id : ids) {
      rows.add(Map.of("id", id));
    }
    return next.isEmpty() ? Map.of("data", rows) : Map.of("data", rows, "nextCursor", next);
  }

  @Test
  void aListIsReadToItsEnd() {
    server
        .answers("GET /api/things?kind=a%20b%26c&limit=100", 200, page("x/1", "1", "2"))
        .answers("GET /api/things?kind=a%20b%26c&limit=100&cursor=x%2F1", 200, page("", "3"));

    List<JsonObject> rows = api.list("/api/things", Map.of("kind", "a b&c"), OptionalInt.empty());

    assertThat(rows).extracting(row -> row.text("id")).containsExactly("1", "2", "3");
    assertThat(server.proofs()).containsOnly("Bearer mr_secret");
  }

  @Test
  void noMoreIsReadThanIsWanted() {
    server.answers("GET /api/things?limit=2", 200, page("x", "1", "2"));

    assertThat(api.list("/api/things", Map.of(), OptionalInt.of(2))).hasSize(2);
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void pagesThatGoInACircleAreAnError() {
    server
        .answers("GET /api/things?limit=100", 200, page("x", "1"))
        .answers("GET /api/things?limit=100&cursor=x", 200, page("x", "1"));

    assertThatThrownBy(() -> api.list("/api/things", Map.of(), OptionalInt.empty()))
        .isInstanceOfSatisfying(
            MillraceException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.ANSWER_UNREADABLE));
  }

  @Test
  void aServerThatIsBusyIsAskedAgainWhenItSaysSo() {
    server
        .answers("POST /api/things", 429, "application/json", "{}", "retry-after", "7")
        .answers("POST /api/things", 503, "application/json", "{}", "retry-after", "5")
        .answers("POST /api/things", 201, Map.of("id", "1"));

    assertThat(api.post("/api/things", Map.of("a", "b")).text("id")).isEqualTo("1");
    assertThat(slept).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(5));
    assertThat(server.requests()).hasSize(3).containsOnly("POST /api/things {\"a\":\"b\"}");
  }

  @Test
  void aRefusalThatSaysNoTimeIsNotWaitedFor() {
    server.answers(
        "POST /api/auth/sign-in",
        429,
        Map.of("code", "MR-5006", "detail", "There were 10 attempts", "advice", "Wait."));

    assertThatThrownBy(() -> api.post("/api/auth/sign-in", Map.of()))
        .isInstanceOfSatisfying(
            ApiFailure.class,
            failure ->
                assertThat(failure.line()).isEqualTo("MR-5006 There were 10 attempts. Wait."));
    assertThat(slept).isEmpty();
  }

  @Test
  void theKeyDoesNotFollowARedirect() {
    server.answers("GET /api/me", 302, "text/html", "", "location", "https://elsewhere.example");

    assertThatThrownBy(() -> api.get("/api/me")).hasMessageContaining("https://elsewhere.example");
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void whatIsNoJsonIsNotTakenForAnAnswer() {
    server.answers("GET /api/me", 200, "text/html", "<html>");

    assertThatThrownBy(() -> api.get("/api/me"))
        .isInstanceOfSatisfying(
            MillraceException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.ANSWER_UNREADABLE));
  }

  @Test
  void whatIsNotFoundIsEmptyWhereThatIsMeant() {
    assertThat(api.find(HttpApi.path("/api/things/{}", "a/../b"))).isEmpty();
    assertThat(server.requests()).containsExactly("GET /api/things/a%2F..%2Fb");
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    try (HttpApi nowhere = HttpApi.millrace(URI.create("http://127.0.0.1:1"), "k", slept::add)) {
      assertThatThrownBy(() -> nowhere.get("/api/me"))
          .isInstanceOfSatisfying(
              MillraceException.class,
              failure -> assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_UNREACHABLE))
          .hasMessageContaining("http://127.0.0.1:1");
    }
  }

  @Test
  void eventsAreAStreamOnlyWhereTheServerSaysSo() throws IOException {
    server
        .answers("GET /yes", 200, "text/event-stream;charset=utf-8", "data: 1\n\n")
        .answers("GET /no", 200, Map.of());

    assertThat(api.events("/no")).isEmpty();
    assertThat(api.events("/away")).isEmpty();
    try (var stream = api.events("/yes").orElseThrow()) {
      assertThat(new String(stream.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("data: 1\n\n");
    }
  }

  @Test
  void n8nIsAskedInItsOwnWay() {
    server.answers("GET /api/v1/tags", 401, Map.of("message", "unauthorized"));
    try (HttpApi n8n = HttpApi.n8n(server.url(), "theirs", slept::add)) {
      assertThatThrownBy(() -> n8n.get("/api/v1/tags"))
          .isInstanceOfSatisfying(
              ApiFailure.class,
              failure ->
                  assertThat(failure.line())
                      .isEqualTo("HTTP 401 " + server.url() + ": unauthorized"));
    }
    assertThat(server.proofs()).containsExactly("theirs");
  }
}
