package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.topic.Topic;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands that look at what executions did, against a server that runs, on the examples. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HistoryCommandsTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("millrace.home", "..")).resolve("examples");

  @TempDir private static Path temporary;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private Path data;
  private Path folder;
  private LocalServer server;
  private String url;

  private record Done(int exitCode, String out, String err) {}

  @BeforeAll
  void start() throws IOException {
    data = temporary.resolve("data");
    folder = Files.createDirectory(temporary.resolve("workflows"));
    for (String name : List.of("invoice.json", "order.json", "reminder.json")) {
      Files.copy(EXAMPLES.resolve(name), folder.resolve(name));
    }
    server = new LocalServer(DataFolder.open(data));
    url = server.start(0, List.of(new LocalServer.Published(folder, listener())));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private WorkflowFolder.Listener listener() {
    return new WorkflowFolder.Listener() {
      @Override
      public void published(Path file, String workflowName, int version) {
        told.add(file.getFileName() + " version " + version);
      }

      @Override
      public void broken(Path file, MillraceException error) {
        told.add(file.getFileName() + " " + error.code());
      }

      @Override
      public void withdrawn(Path file) {
        told.add(file.getFileName() + " withdrawn");
      }
    };
  }

  private Done execute(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--data";
    all[arguments.length + 1] = data.toString();
    int exitCode = line.execute(all);
    return new Done(exitCode, out.toString(), err.toString());
  }

  private int post(String path, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/webhook/" + path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  private List<?> executions(String workflow) {
    Done listed = execute("executions", "--workflow", workflow, "--json");
    assertThat(listed.err()).isEmpty();
    return (List<?>) Objects.requireNonNull(Json.parse(listed.out()));
  }

  private static @Nullable Object value(@Nullable Object object, String key) {
    return ((Map<?, ?>) Objects.requireNonNull(object)).get(key);
  }

  @Test
  void aFailedInvoiceIsRetriedOnceTheWorkflowIsPutRight() throws Exception {
    assertThat(post("invoice", "{\"hours\":10,\"country\":\"NO\"}")).isEqualTo(500);
    Object failed = executions("invoice").getLast();
    String id = String.valueOf(value(failed, "executionId"));
    assertThat(value(failed, "status")).isEqualTo("error");
    assertThat(value(failed, "node")).isEqualTo("Tax");

    Done asItWas = execute("retry", id);
    assertThat(asItWas.exitCode()).isEqualTo(1);
    assertThat(asItWas.out()).contains("from \"Tax\" of " + id, "ended with error");
    assertThat(asItWas.err()).contains("no tax rate for NO");

    Files.copy(
        EXAMPLES.resolve("changed/invoice.json"),
        folder.resolve("invoice.json"),
        StandardCopyOption.REPLACE_EXISTING);
    await().atMost(Duration.ofSeconds(60)).until(() -> told.contains("invoice.json version 2"));
    Done retried = execute("retry", id, "--current", "--json");

    assertThat(retried.err()).isEmpty();
    assertThat(retried.exitCode()).isZero();
    Object outcome = Json.parse(retried.out());
    assertThat(value(outcome, "status")).isEqualTo("success");
    assertThat(value(outcome, "from")).isEqualTo("Tax");
    Object listed = executions("invoice").getLast();
    assertThat(value(listed, "executionId")).isEqualTo(value(outcome, "executionId"));
    assertThat(value(listed, "retryOf")).isEqualTo(id);
    assertThat(value(listed, "version")).isEqualTo(2.0);

    Done again = execute("retry", String.valueOf(value(outcome, "executionId")));
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains(ErrorCode.NOT_RETRYABLE.code());
    Done replayed = execute("replay", id, "--from", "Net", "--current");
    assertThat(replayed.exitCode()).isZero();
    assertThat(replayed.out()).contains("from \"Net\" of " + id, "ended with success");
    assertThat(execute("replay", id, "--from", "Nobody").err())
        .contains(ErrorCode.UNKNOWN_NODE.code(), "Webhook, Net, Tax");
  }

  @Test
  void aBacktestFindsTheOutputThatAChangeMakes() throws Exception {
    for (int price : List.of(50, 100, 5)) {
      String order = "{\"customer\":\"Ada\",\"quantity\":3,\"price\":" + price + "}";
      assertThat(post("order", order)).isEqualTo(200);
    }
    int before = written();

    Done same = execute("backtest", EXAMPLES.resolve("order.json").toString(), "--last", "3");
    Done changed =
        execute("backtest", EXAMPLES.resolve("changed/order.json").toString(), "--last", "3");
    Done json =
        execute(
            "backtest", EXAMPLES.resolve("changed/order.json").toString(), "--last", "3", "--json");

    assertThat(same.err()).isEmpty();
    assertThat(same.out()).endsWith("3 executions of \"order\", 3 the same, 0 different\n");
    assertThat(same.exitCode()).isZero();
    assertThat(changed.exitCode()).isEqualTo(1);
    assertThat(changed.out())
        .contains(
            "  By hand runs: was 1, is 0",
            "  At once runs: was 0, is 1",
            "json.handling: was \"A person looks at the order of Ada\", is \"shipped at once\"")
        .endsWith("3 executions of \"order\", 2 the same, 1 different\n");
    assertThat(value(Json.parse(json.out()), "different")).isEqualTo(1.0);
    assertThat(json.exitCode()).isEqualTo(1);
    assertThat(written()).isEqualTo(before);
    assertThat(execute("backtest", EXAMPLES.resolve("words.json").toString()).err())
        .contains(ErrorCode.UNKNOWN_EXECUTION.code());
  }

  private int written() {
    String bootstrap;
    try {
      bootstrap = Files.readString(DataFolder.address(data));
    } catch (IOException missing) {
      throw new IllegalStateException(missing);
    }
    try (Committed commands = new Committed(bootstrap, Topic.COMMANDS);
        Committed tasks = new Committed(bootstrap, Topic.TASKS)) {
      await().atMost(Duration.ofSeconds(60)).until(() -> commands.read().size() >= 3);
      return commands.read().size() + tasks.read().size();
    }
  }

  @Test
  void whatWaitsIsCanceled() throws Exception {
    assertThat(post("reminder", "{\"what\":\"water\",\"day\":\"Monday\"}")).isEqualTo(200);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            executions("reminder").stream().anyMatch(e -> "waiting".equals(value(e, "status"))));
    String id = String.valueOf(value(executions("reminder").getLast(), "executionId"));

    assertThat(execute("retry", id).err()).contains(ErrorCode.NOT_RETRYABLE.code());
    Done canceled = execute("cancel", id);

    assertThat(canceled.err()).isEmpty();
    assertThat(canceled.out()).isEqualTo("Execution " + id + " ended with canceled.\n");
    assertThat(canceled.exitCode()).isZero();
    assertThat(execute("cancel", id, "--json").exitCode()).isZero();
    assertThat(execute("cancel", "nobody").err()).contains(ErrorCode.UNKNOWN_EXECUTION.code());
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    assertThat(execute("executions", "--bootstrap", "127.0.0.1:1").err())
        .contains(ErrorCode.BROKER_UNAVAILABLE.code(), "127.0.0.1:1");
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setErr(new PrintWriter(err, true));
    assertThat(line.execute("cancel", "e", "--data", temporary.resolve("none").toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("no server has ever used the data folder");
  }
}
