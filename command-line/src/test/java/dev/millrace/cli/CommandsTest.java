package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.Session.Done;
import dev.millrace.cli.api.FakeServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands ask a server for, and what they make of its answers. */
class CommandsTest {
  @TempDir private Path home;
  private final FakeServer server = new FakeServer();

  @SuppressWarnings("NullAway.Init")
  private Session session;

  @BeforeEach
  void begin() {
    session =
        new Session(home)
            .with("MILLRACE_URL", server.url().toString())
            .with("MILLRACE_API_KEY", "mr_key");
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void aListIsATableWhoseColumnsLineUp() {
    server.answers(
        "GET /api/workflows?active=true&limit=100",
        200,
        Map.of(
            "data",
            List.of(
                Map.of(
                    "id",
                    "a",
                    "name",
                    "Señor",
                    "active",
                    true,
                    "publishedVersion",
                    12.0,
                    "tags",
                    List.of("x", "y"),
                    "updatedAt",
                    "2026-03-01T10:00:00.123Z"),
                Map.of("id", "abcdef", "name", "Red\u001b[31m", "tags", List.of()))));

    Done done = session.run("workflow", "list", "--active");

    assertThat(done.out().lines())
        .containsExactly(
            "ID      NAME      ACTIVE  VERSION  TAGS  CHANGED",
            "a       Señor     yes     12       x, y  2026-03-01T10:00:00Z",
            "abcdef  Red [31m");
  }

  @Test
  void exitCodesSayWhatIsWrong() {
    server
        .answers("GET /api/workflows/secret", 401, Map.of("code", "MR-5001", "detail", "no"))
        .answers("GET /api/workflows/bad", 400, Map.of("code", "MR-5003", "detail", "no"));

    assertThat(session.run("workflow", "show", "missing").exit()).isEqualTo(4);
    assertThat(session.run("workflow", "show", "secret").exit()).isEqualTo(3);
    assertThat(session.run("workflow", "show", "bad").exit()).isEqualTo(1);
    assertThat(session.run("workflow", "show").exit()).isEqualTo(2);
    assertThat(session.run("workflow").exit()).isEqualTo(2);
    assertThat(session.run("workflow", "list", "--limit", "0").exit()).isEqualTo(2);
    assertThat(session.run("workflow", "show", "missing").err())
        .isEqualTo("MR-5004 Nothing is served at /api/workflows/missing. Check the id.\n");
  }

  @Test
  void oneThatFailsDoesNotStopTheOthers() {
    server
        .answers("POST /api/workflows/a/archive", 200, Map.of("name", "A"))
        .answers("POST /api/workflows/c/archive", 200, Map.of("name", "C"));

    Done done = session.run("workflow", "archive", "a", "b", "c");

    assertThat(done.exit()).isEqualTo(4);
    assertThat(done.out()).isEqualTo("\"A\" is archived.\n\"C\" is archived.\n");
    assertThat(done.err()).startsWith("b: MR-5004 ");
  }

  @Test
  void aProjectIsNamedByItsNameToo() {
    server
        .answers(
            "GET /api/projects?limit=100",
            200,
            Map.of("data", List.of(Map.of("id", "p1", "name", "Shop"))))
        .answers("GET /api/variables?projectId=p1&limit=100", 200, Map.of("data", List.of()));

    assertThat(session.run("variable", "list", "--project", "Shop").exit()).isZero();
    assertThat(session.run("variable", "list", "--project", "Barn").exit()).isEqualTo(4);
  }

  @Test
  void aVariableIsChangedWhereItIsThere() {
    server
        .answers(
            "GET /api/variables?key=url&limit=100",
            200,
            Map.of(
                "data",
                List.of(
                    Map.of("id", "v1", "key", "url", "projectId", "p1"),
                    Map.of("id", "v2", "key", "url"))))
        .answers("GET /api/variables?key=new&limit=100", 200, Map.of("data", List.of()))
        .answers("PATCH /api/variables/v2", 200, Map.of())
        .answers("POST /api/variables", 201, Map.of());

    assertThat(session.run("variable", "set", "url", "https://x.example").exit()).isZero();
    assertThat(session.run("variable", "set", "new", "1").exit()).isZero();

    assertThat(server.requests())
        .contains(
            "PATCH /api/variables/v2 {\"value\":\"https://x.example\"}",
            "POST /api/variables {\"key\":\"new\",\"value\":\"1\"}");
  }

  @Test
  void secretsOfACredentialArePipedIn() {
    server
        .answers("GET /api/me", 200, Map.of("email", "ada@example.com"))
        .answers(
            "GET /api/projects?limit=100",
            200,
            Map.of("data", List.of(Map.of("id", "own", "type", "personal"))))
        .answers("POST /api/credentials", 201, Map.of("id", "c1"));

    Done done =
        session.type(
            "{\"value\":\"s3cret\"}",
            "credential",
            "create",
            "--type",
            "httpHeaderAuth",
            "--name",
            "Key",
            "--data",
            "-");

    assertThat(done.out()).isEqualTo("c1\n");
    assertThat(server.requests().getLast())
        .isEqualTo(
            "POST /api/credentials {\"type\":\"httpHeaderAuth\",\"name\":\"Key\",\"projectId\":\"own\","
                + "\"data\":{\"value\":\"s3cret\"}}");
    Done broken =
        session.type(
            "{\"value\": s3cret",
            "credential",
            "create",
            "--type",
            "t",
            "--name",
            "n",
            "--data",
            "-");
    assertThat(broken.exit()).isEqualTo(1);
    assertThat(broken.err()).startsWith("MR-1001 ").doesNotContain("s3cret");
  }

  @Test
  void anExecutionIsAskedForUntilItIsOver() {
    server
        .answers("GET /api/executions/e1", 404, Map.of("code", "MR-5004", "detail", "not yet"))
        .answers("GET /api/executions/e1", 200, Map.of("id", "e1", "status", "running"))
        .answers("GET /api/executions/e1", 200, Map.of("id", "e1", "status", "running"))
        .answers(
            "GET /api/executions/e1",
            200,
            Map.of(
                "id",
                "e1",
                "status",
                "error",
                "lastNode",
                "Tax",
                "error",
                Map.of("message", "no rate")));

    Done done = session.run("execution", "watch", "e1", "--every", "3");

    assertThat(done.exit()).isEqualTo(1);
    assertThat(done.out().lines().map(line -> line.replaceFirst("^\\S+  ", "")))
        .containsExactly("e1  running", "e1  error  at \"Tax\": no rate");
    assertThat(session.slept())
        .containsExactly(Duration.ofMillis(250), Duration.ofSeconds(3), Duration.ofSeconds(3));
  }

  @Test
  void theEventsOfAServerThatTellsThemAreShown() {
    server
        .answers(
            "GET /api/executions/e1/events",
            200,
            "text/event-stream",
            """
            : hello
            id: 1
            event: node.completed
            data: {"node": "Tax",
            data:  "status": "success"}

            event: end
            data: {}

            """)
        .answers("GET /api/executions/e1", 200, Map.of("id", "e1", "status", "success"));

    Done done = session.run("execution", "watch", "e1");

    assertThat(done.exit()).isZero();
    assertThat(done.out().lines().map(line -> line.replaceFirst("^\\S+  ", "")))
        .containsExactly("node.completed  \"Tax\"  success", "e1  success");
  }

  @Test
  void aWatchEndsWhenItsTimeIsOver() {
    server.answers("GET /api/executions/e1", 200, Map.of("id", "e1", "status", "waiting"));

    Done done = session.run("execution", "watch", "e1", "--timeout", "5");

    assertThat(done.exit()).isEqualTo(1);
    assertThat(done.err()).startsWith("MR-1605 ");
  }

  @Test
  void allExecutionsAreToldOfOnce() {
    String begun = "2026-03-01T10:00:00.500Z";
    Map<String, Object> first = Map.of("id", "e1", "status", "running", "startedAt", begun);
    Map<String, Object> second = Map.of("id", "e2", "status", "success", "startedAt", begun);
    Map<String, Object> over = Map.of("id", "e1", "status", "success", "startedAt", begun);
    String request =
        "GET /api/executions?workflowId=w&startedAfter=2026-03-01T10%3A00%3A00.500Z&limit=100";
    server
        .answers(request, 200, Map.of("data", List.of(first)))
        .answers(request, 200, Map.of("data", List.of(second, first)))
        .answers(request, 200, Map.of("data", List.of(second, over)));

    Done done = session.run("execution", "watch", "--workflow", "w", "--timeout", "7");

    assertThat(done.exit()).isZero();
    assertThat(done.out().lines().map(line -> line.replaceFirst("^\\S+  ", "")))
        .containsExactly("e1  running", "e2  success", "e1  success");
  }

  @Test
  void completionsAreMadeOfTheCommands() {
    Done done = session.run("completion", "bash");

    assertThat(done.exit()).isZero();
    assertThat(done.out()).contains("import-n8n", "--password-stdin", "complete -F");
    assertThat(session.run("completion", "zsh").out()).contains("bashcompinit");
  }

  @Test
  void everyCommandHasHelp() {
    for (String name : RemoteCommands.NAMES) {
      assertThat(session.run(name, "--help").exit()).as(name).isZero();
    }
    assertThat(session.run("workflow", "import", "--help").out()).contains("--publish");
    assertThat(server.requests()).isEmpty();
  }
}
