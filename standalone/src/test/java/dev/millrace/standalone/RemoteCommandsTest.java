package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.RemoteSession.Done;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a server that runs, with its PostgreSQL and Redis. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RemoteCommandsTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("millrace.home", "..")).resolve("examples");

  @SuppressWarnings("NullAway.Init")
  private Path temporary;

  private final HttpClient client = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init")
  private RemoteSession owner;

  private @Nullable LocalServer server;
  private String url = "";

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path folder) throws Exception {
    temporary = folder;
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    LocalServer started =
        new LocalServer(
            DataFolder.open(data),
            LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED));
    server = started;
    url = started.start(0, List.of());
    owner = new RemoteSession(temporary.resolve("home"));
    assertThat(owner.run("login", "--url", url).exit()).as("nobody is there yet").isEqualTo(3);
    post("/api/setup", "{\"email\": \"owner@example.com\", \"password\": \"a long password\"}");
    Done login =
        owner.type(
            "a long password\n",
            "login",
            "--url",
            url,
            "--email",
            "owner@example.com",
            "--password-stdin");
    assertThat(login.err()).isEmpty();
    assertThat(login.exit()).isZero();
  }

  @AfterAll
  void stop() {
    client.close();
    LocalServer started = server;
    if (started != null) {
      started.close();
    }
  }

  private HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** What a command prints as JSON, once it went well. */
  private @Nullable Object json(String... arguments) {
    Done done = owner.run(arguments);
    assertThat(done.err()).isEmpty();
    assertThat(done.exit()).isZero();
    return Json.parse(done.out());
  }

  private List<?> rows(String... arguments) {
    return (List<?>) Objects.requireNonNull(json(arguments));
  }

  private static @Nullable Object value(@Nullable Object object, String... keys) {
    @Nullable Object value = object;
    for (String key : keys) {
      value = ((Map<?, ?>) Objects.requireNonNull(value, key)).get(key);
    }
    return value;
  }

  private static String text(@Nullable Object object, String... keys) {
    return String.valueOf(value(object, keys));
  }

  @Test
  void aWorkflowFromItsFileToItsEnd() throws Exception {
    Done imported =
        owner.run("workflow", "import", EXAMPLES.resolve("hello.json").toString(), "--publish");
    assertThat(imported.err()).isEmpty();
    assertThat(imported.out()).contains("hello  Hello  CREATED  yes");

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> post("/webhook/hello", "{\"name\": \"Ada\"}").statusCode() == 200);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            !rows("execution", "list", "--workflow", "hello", "--status", "success", "--json")
                .isEmpty());
    String execution =
        text(rows("execution", "list", "--workflow", "hello", "--json").getFirst(), "id");
    assertThat(owner.run("execution", "watch", execution).exit()).isZero();
    assertThat(text(json("execution", "show", execution, "--data"), "data")).contains("Hello Ada!");
    assertThat(owner.run("execution", "retry", execution).exit()).isEqualTo(1);

    Path out = temporary.resolve("exported");
    assertThat(owner.run("workflow", "export", "--out", out.toString()).out())
        .contains("hello.json");
    assertThat(WorkflowDocument.parse(Files.readAllBytes(out.resolve("hello.json"))).nodes())
        .isEqualTo(
            WorkflowDocument.parse(Files.readAllBytes(EXAMPLES.resolve("hello.json"))).nodes());
    assertThat(owner.run("workflow", "import", out.resolve("hello.json").toString()).out())
        .contains("UNCHANGED");

    assertThat(owner.run("workflow", "withdraw", "hello").out())
        .isEqualTo("\"Hello\" is withdrawn.\n");
    assertThat(owner.run("workflow", "delete", "hello").exit()).isZero();
    Done gone = owner.run("workflow", "show", "hello");
    assertThat(gone.exit()).isEqualTo(4);
    assertThat(gone.err()).startsWith("MR-5004 There is no workflow hello.");
    assertThat(owner.run("execution", "delete", execution).exit()).isZero();
    assertThat(owner.run("execution", "show", execution).exit()).isEqualTo(4);
  }

  @Test
  void anExecutionThatFailedIsRetriedAndWatched() throws Exception {
    owner.run("workflow", "import", EXAMPLES.resolve("invoice.json").toString(), "--publish");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            post("/webhook/invoice", "{\"hours\": 10, \"country\": \"NO\"}").statusCode() == 500);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            !rows(
                    "execution",
                    "list",
                    "--failed-node",
                    "Tax",
                    "--status",
                    "error,crashed",
                    "--json")
                .isEmpty());
    String failed =
        text(rows("execution", "list", "--failed-node", "Tax", "--json").getFirst(), "id");

    Done retried = owner.run("execution", "retry", failed, "--watch", "--timeout", "60");

    assertThat(retried.exit()).isEqualTo(1);
    assertThat(retried.out().lines()).last().asString().contains("error", "no tax rate for NO");
    owner.run("workflow", "delete", "invoice");
  }

  @Test
  void usersProjectsAndKeys() {
    String project = owner.run("project", "create", "Accounting").out().strip();
    assertThat(owner.run("project", "list").out()).contains(project + "  Accounting ");

    Object invited = json("user", "invite", "bo@example.com", "--json");
    assertThat(text(invited, "invitationToken")).isNotEmpty();
    assertThat(owner.run("user", "role", "bo@example.com", "global:admin").out())
        .isEqualTo("bo@example.com has the role global:admin.\n");
    assertThat(owner.run("user", "list").out()).contains("bo@example.com", "global:admin");
    assertThat(owner.run("user", "remove", "bo@example.com").exit()).isZero();
    assertThat(owner.run("user", "remove", "bo@example.com").exit()).isEqualTo(4);

    RemoteSession second = new RemoteSession(temporary.resolve("second"));
    assertThat(second.type("owner@example.com\na long password\n", "login", "--url", url).exit())
        .isZero();
    assertThat(text(json("whoami", "--json"), "email")).isEqualTo("owner@example.com");
    assertThat(second.run("logout").exit()).isZero();
    assertThat(second.run("whoami").exit()).isEqualTo(3);
    assertThat(second.type("owner@example.com\nwrong\n", "login", "--url", url).exit())
        .isEqualTo(3);
  }

  @Test
  void credentialsAreNeverShown() throws IOException {
    assertThat(owner.run("credential", "types", "--search", "basic").out())
        .contains("httpBasicAuth");
    assertThat(owner.run("credential", "export-schema", "httpBasicAuth").out())
        .contains("\"password\"");
    assertThat(owner.run("credential", "export-schema", "noSuchApi").exit()).isEqualTo(4);
    Path export = temporary.resolve("credential.json");
    Files.writeString(
        export,
        """
        {"id": "shop1", "name": "Shop", "type": "httpBasicAuth",
         "data": {"user": "u", "password": "canary"}}
        """);

    Done first = owner.run("credential", "import", export.toString());
    Done second = owner.run("credential", "import", export.toString());

    assertThat(first.out()).contains("shop1  Shop  httpBasicAuth  CREATED");
    assertThat(second.out()).contains("UNCHANGED");
    assertThat(owner.run("credential", "list", "--json").out())
        .contains("shop1")
        .doesNotContain("canary");
    Done tested = owner.run("credential", "test", "shop1");
    assertThat(tested.exit()).isEqualTo(1);
    assertThat(tested.out()).startsWith("shop1: NOT_TESTABLE");
    assertThat(owner.run("credential", "delete", "shop1").exit()).isZero();
  }

  private static String node(String name, String type, String version, String more) {
    return """
    {"id": "NAME", "name": "NAME", "type": "TYPE", "typeVersion": VERSION, "position": [0, 0] MORE}
    """
        .replace("NAME", name)
        .replace("TYPE", type)
        .replace("VERSION", version)
        .replace("MORE", more.isEmpty() ? "" : ", " + more);
  }

  private static String workflow(
      String id, String name, boolean active, String more, String... nodes) {
    StringBuilder connections = new StringBuilder();
    for (int i = 0; i + 1 < nodes.length; i++) {
      connections
          .append(i == 0 ? "" : ", ")
          .append(
              "\"%s\": {\"main\": [[{\"node\": \"%s\", \"type\": \"main\", \"index\": 0}]]}"
                  .formatted(
                      text(Json.parse(nodes[i]), "name"), text(Json.parse(nodes[i + 1]), "name")));
    }
    return """
    {"id": "%s", "name": "%s", "active": %s, "nodes": [%s], "connections": {%s},
     "settings": {"executionOrder": "v1"}, "versionId": "5", "triggerCount": 1 %s}
    """
        .formatted(
            id,
            name,
            active,
            String.join(",", nodes),
            connections,
            more.isEmpty() ? "" : ", " + more);
  }

  private static String hook(String path) {
    return node(
        "Hook",
        "n8n-nodes-base.webhook",
        "2",
        "\"webhookId\": \"%s\", \"parameters\": {\"httpMethod\": \"POST\", \"path\": \"%s\","
                .formatted(path, path)
            + " \"responseMode\": \"lastNode\"}");
  }

  private static final String CALLED =
      node(
          "Start",
          "n8n-nodes-base.executeWorkflowTrigger",
          "1.1",
          "\"parameters\": {\"inputSource\": \"passthrough\"}");
  private static final String ANSWER =
      node(
          "Answer",
          "n8n-nodes-base.set",
          "3.4",
          "\"parameters\": {\"assignments\": {\"assignments\": [{\"id\": \"1\", \"name\": \"said\","
              + " \"type\": \"string\", \"value\": \"={{ $json.body.name }} was here\"}]},"
              + " \"options\": {}}");

  /** What n8n's two commands write. */
  private Path export(String folder) throws IOException {
    Path root = temporary.resolve(folder);
    Path workflows = Files.createDirectories(root.resolve("workflows"));
    Files.writeString(
        workflows.resolve("12.json"),
        workflow(
            "12",
            "Caller",
            true,
            "\"tags\": [{\"id\": \"t1\", \"name\": \"prod\"}]",
            hook("caller"),
            node(
                "Call",
                "n8n-nodes-base.executeWorkflow",
                "1.2",
                "\"parameters\": {\"workflowId\": {\"__rl\": true, \"mode\": \"list\", \"value\":"
                    + " \"13\"}, \"options\": {}}")));
    Files.writeString(
        workflows.resolve("13.json"), workflow("13", "Called", false, "", CALLED, ANSWER));
    Files.writeString(
        workflows.resolve("14.json"),
        workflow(
            "14",
            "Mailer",
            true,
            "",
            hook("mailer"),
            node("Post", "n8n-nodes-base.carrierPigeon", "1", "")));
    Files.writeString(
        workflows.resolve("15.json"),
        workflow(
            "15",
            "Needy",
            true,
            "",
            hook("needy"),
            node(
                "Fetch",
                "n8n-nodes-base.httpRequest",
                "4.2",
                "\"parameters\": {\"url\": \"={{ 1 + }}\"}, \"credentials\": {\"httpBasicAuth\":"
                    + " {\"id\": \"c1\", \"name\": \"Shop\"}, \"slackApi\": {\"id\": \"c9\", \"name\":"
                    + " \"Team\"}}")));
    Path credentials = Files.createDirectories(root.resolve("credentials"));
    Files.writeString(
        credentials.resolve("c1.json"),
        """
        {"id": "c1", "name": "Shop", "type": "httpBasicAuth", "createdAt": "2024-01-01T00:00:00Z",
         "data": {"user": "u", "password": "canary"}}
        """);
    return root;
  }

  private static Map<?, ?> of(@Nullable Object report, String from) {
    for (Object row : (List<?>) Objects.requireNonNull(value(report, "workflows"))) {
      if (from.equals(value(row, "from"))) {
        return (Map<?, ?>) Objects.requireNonNull(row);
      }
    }
    throw new AssertionError(from);
  }

  private static List<String> outcomes(@Nullable Object report) {
    List<String> outcomes = new ArrayList<>();
    for (Object row : (List<?>) Objects.requireNonNull(value(report, "workflows"))) {
      outcomes.add(text(row, "from") + " " + text(row, "outcome"));
    }
    return outcomes;
  }

  @Test
  void anExportOfN8nIsBroughtAndBroughtAgain() throws Exception {
    // Both ids belong to somebody else here.
    String elsewhere = owner.run("project", "create", "Elsewhere").out().strip();
    Path taken = temporary.resolve("taken.json");
    Files.writeString(taken, workflow("13", "Another", false, "", CALLED));
    owner.run("workflow", "import", taken.toString(), "--project", elsewhere);
    Path root = export("export");
    Files.writeString(
        temporary.resolve("taken-credential.json"),
        "{\"id\": \"c1\", \"name\": \"Theirs\", \"type\": \"httpHeaderAuth\", \"data\": {}}");
    owner.run(
        "credential",
        "import",
        temporary.resolve("taken-credential.json").toString(),
        "--project",
        "Elsewhere");

    Object dry = json("import-n8n", root.toString(), "--dry-run", "--publish", "--json");
    assertThat(outcomes(dry))
        .containsExactly("12 CREATED", "13 CREATED", "14 CREATED", "15 CREATED");
    assertThat(owner.run("workflow", "show", "12").exit()).as("nothing was done").isEqualTo(4);

    Path file = temporary.resolve("import.md");
    Object first =
        json("import-n8n", root.toString(), "--publish", "--json", "--report", file.toString());

    assertThat(outcomes(first))
        .containsExactly("12 CREATED", "13 RENUMBERED", "14 CREATED", "15 CREATED");
    String called = text(of(first, "13"), "id");
    assertThat(called).isNotEqualTo("13");
    assertThat(text(json("workflow", "show", "12", "--json"), "nodes")).contains("value=" + called);
    String credential =
        text(
            ((List<?>) Objects.requireNonNull(value(first, "others")))
                .stream()
                    .filter(row -> "credential".equals(value(row, "kind")))
                    .findFirst()
                    .orElseThrow(),
            "id");
    assertThat(credential).isNotEqualTo("c1");
    assertThat(text(json("workflow", "show", "15", "--json"), "nodes"))
        .contains("id=" + credential);
    assertThat(text(value(of(first, "14"), "problems"))).contains("MR-1102", "carrierPigeon");
    assertThat(text(value(of(first, "15"), "problems")))
        .contains("MR-1201", "MR-1603", "slackApi")
        .doesNotContain("httpBasicAuth");
    assertThat(value(of(first, "12"), "published")).isEqualTo(true);
    assertThat(value(of(first, "13"), "published")).as("it is called").isEqualTo(true);
    assertThat(value(of(first, "14"), "published")).isEqualTo(false);
    assertThat(value(of(first, "15"), "published")).as("it lacks a credential").isEqualTo(false);
    assertThat(text(value(first, "missingCredentials"))).contains("slackApi", "Needy");
    assertThat(Files.readString(file))
        .contains(
            "4 workflows: 3 created, 1 renumbered",
            "## Will not run",
            "carrierPigeon",
            "## Will fail when it comes to that",
            "## Credentials to be given anew",
            "slackApi \"Team\" (c9), used by \"Needy\"")
        .doesNotContain("canary");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(post("/webhook/caller", "{\"name\": \"Ada\"}").body())
                .contains("Ada was here"));

    Object again = json("import-n8n", root.toString(), "--publish", "--json");
    assertThat(outcomes(again))
        .containsExactly("12 UNCHANGED", "13 UNCHANGED", "14 UNCHANGED", "15 UNCHANGED");
    assertThat(text(of(again, "13"), "id")).isEqualTo(called);
    assertThat(text(value(again, "others")))
        .contains("UNCHANGED", credential)
        .doesNotContain("CREATED", "RENUMBERED", "UPDATED");
    assertThat(text(json("workflow", "show", "12", "--json"), "publishedVersion")).isEqualTo("1.0");

    Path changed = root.resolve("workflows/14.json");
    Files.writeString(
        changed,
        Files.readString(changed).replace("n8n-nodes-base.carrierPigeon", "n8n-nodes-base.noOp"));
    Object third = json("import-n8n", root.toString(), "--publish", "--json");
    assertThat(outcomes(third))
        .containsExactly("12 UNCHANGED", "13 UNCHANGED", "14 UPDATED", "15 UNCHANGED");
    assertThat(value(of(third, "14"), "published")).isEqualTo(true);
    assertThat(owner.run("workflow", "show", "13").out()).as("left alone").contains("Another");
  }

  @Test
  void n8nIsReadByItsApi() throws Exception {
    Map<String, String> served = new HashMap<>();
    String shared =
        "\"shared\": [{\"role\": \"workflow:owner\", \"projectId\": \"team1\", \"project\":"
            + " {\"id\": \"team1\"}}]";
    served.put(
        "/api/v1/workflows?limit=100",
        "{\"data\": [%s], \"nextCursor\": \"two\"}"
            .formatted(workflow("n21", "First", true, shared, hook("first"), ANSWER)));
    served.put(
        "/api/v1/workflows?limit=100&cursor=two",
        "{\"data\": [%s], \"nextCursor\": null}"
            .formatted(
                workflow(
                    "n22",
                    "Second",
                    false,
                    "\"activeVersionId\": \"4\"",
                    hook("second"),
                    node(
                        "Fetch",
                        "n8n-nodes-base.httpRequest",
                        "4.2",
                        "\"parameters\": {\"url\": \"https://example.com\"}, \"credentials\":"
                            + " {\"httpHeaderAuth\": {\"id\": \"c7\", \"name\": \"Later\"}}"))));
    served.put("/api/v1/tags?limit=100", "{\"data\": [], \"nextCursor\": null}");
    served.put(
        "/api/v1/projects?limit=100",
        "{\"data\": [{\"id\": \"team1\", \"name\": \"Warehouse\", \"type\": \"team\"}]}");
    HttpServer n8n =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    List<String> keys = new ArrayList<>();
    n8n.createContext(
        "/",
        exchange -> {
          keys.add(exchange.getRequestHeaders().getFirst("X-N8N-API-KEY"));
          String body = served.get(exchange.getRequestURI().toString());
          byte[] bytes =
              (body == null ? "{\"message\": \"not licensed\"}" : body)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(body == null ? 403 : 200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    n8n.start();
    String address = "http://127.0.0.1:" + n8n.getAddress().getPort() + "/api/v1/";
    try {
      Object report =
          json("import-n8n", "--url", address, "--api-key", "theirs", "--publish", "--json");

      assertThat(outcomes(report)).containsExactly("n21 CREATED", "n22 CREATED");
      assertThat(keys).containsOnly("theirs");
      assertThat(value(of(report, "n21"), "published")).isEqualTo(true);
      assertThat(value(of(report, "n22"), "published")).isEqualTo(false);
      assertThat(text(value(report, "missingCredentials"))).contains("httpHeaderAuth", "Later");
      assertThat(text(value(report, "notes"))).contains("n8n did not give its variables");
      Object warehouse =
          rows("project", "list", "--json").stream()
              .filter(project -> "Warehouse".equals(value(project, "name")))
              .findFirst()
              .orElseThrow();
      assertThat(text(json("workflow", "show", "n21", "--json"), "projectId"))
          .isEqualTo(text(warehouse, "id"));

      // The credential is made by hand, and then it is found by its name.
      Path data = temporary.resolve("later.json");
      Files.writeString(data, "{\"name\": \"x-key\", \"value\": \"canary\"}");
      String made =
          owner
              .run(
                  "credential",
                  "create",
                  "--type",
                  "httpHeaderAuth",
                  "--name",
                  "Later",
                  "--data",
                  data.toString())
              .out()
              .strip();
      Object again = json("import-n8n", "--url", address, "--api-key", "theirs", "--json");
      assertThat(outcomes(again)).containsExactly("n21 UNCHANGED", "n22 UPDATED");
      assertThat(text(json("workflow", "show", "n22", "--json"), "nodes")).contains("id=" + made);
    } finally {
      n8n.stop(0);
    }
  }

  @Test
  void workflowsOfRealUsersAreLookedOver() {
    Path recorded =
        Path.of(System.getProperty("millrace.shared", "../shared")).resolve("n8n/conformance/n8n");
    assumeTrue(Files.isDirectory(recorded), "skipped: there is no " + recorded);

    Object report = json("import-n8n", recorded.toString(), "--dry-run", "--json");

    List<?> workflows = (List<?>) Objects.requireNonNull(value(report, "workflows"));
    assertThat(workflows).hasSizeGreaterThan(80);
    assertThat(text(value(report, "workflows"))).doesNotContain("FAILED");
    long runs =
        workflows.stream()
            .filter(row ->
                ((List<?>) Objects.requireNonNull(value(row, "problems")))
                    .stream().noneMatch(problem -> Boolean.TRUE.equals(value(problem, "blocks"))))
            .count();
    assertThat(runs).as("nothing stands against those whose nodes are known").isGreaterThan(50);
  }
}
