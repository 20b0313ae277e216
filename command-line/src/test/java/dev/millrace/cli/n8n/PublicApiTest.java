package dev.millrace.cli.n8n;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.FakeServer;
import dev.millrace.cli.api.HttpApi;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PublicApiTest {
  private final FakeServer n8n = new FakeServer();
  private final HttpApi api = HttpApi.n8n(n8n.url(), "key", time -> {});

  @AfterEach
  void close() {
    api.close();
    n8n.close();
  }

  @Test
  void everythingThatTheKeyMayReadIsRead() {
    n8n.answers(
            "GET /api/v1/workflows?limit=100",
            200,
            Map.of("data", List.of(Map.of("id", "1", "nodes", List.of())), "nextCursor", "n"))
        .answers(
            "GET /api/v1/workflows?limit=100&cursor=n",
            200,
            Map.of("data", List.of(Map.of("id", "2", "name", "Lean"))))
        .answers("GET /api/v1/workflows/2", 200, Map.of("id", "2", "nodes", List.of()))
        .answers("GET /api/v1/tags?limit=100", 200, Map.of("data", List.of(Map.of("name", "prod"))))
        .answers("GET /api/v1/variables?limit=100", 403, Map.of("message", "not licensed"))
        .answers(
            "GET /api/v1/projects?limit=100",
            200,
            Map.of(
                "data",
                List.of(
                    Map.of("id", "p1", "name", "Shop", "type", "team"),
                    Map.of("id", "p2", "name", "Ada", "type", "personal"))));

    N8nExport export = PublicApi.read(api);

    assertThat(export.workflows()).extracting(each -> each.text("id")).containsExactly("1", "2");
    assertThat(export.workflows()).allMatch(each -> each.raw().containsKey("nodes"));
    assertThat(export.tags()).containsExactly("prod");
    assertThat(export.projects()).containsOnly(Map.entry("p1", "Shop"));
    assertThat(export.readsCredentials()).isFalse();
    assertThat(export.notes()).containsExactly("n8n did not give its variables (status 403)");
    assertThat(n8n.proofs()).containsOnly("key");
  }

  @Test
  void aKeyThatIsNoGoodIsAnError() {
    n8n.answers("GET /api/v1/workflows?limit=100", 401, Map.of("message", "unauthorized"));

    assertThatThrownBy(() -> PublicApi.read(api)).isInstanceOf(ApiFailure.class);
  }
}
