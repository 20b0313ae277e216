package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.resume.ResumeKey;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real server with a real client, and a sender that the test decides about. */
final class IngressFixture implements AutoCloseable {
  /** What the engine of the test does with a command. */
  @FunctionalInterface
  interface Engine {
    void handle(CommandRecord command, CommandSender.Outcome outcome, ReplyRouter replies);
  }

  /** Shared: its first JavaScript takes seconds to start. */
  static final ExpressionEngine ENGINE = new JsExpressionEngine();

  static final WebhookExpressions EXPRESSIONS =
      new WebhookExpressions(ENGINE, InstantSource.system());

  final BlockingQueue<CommandRecord> commands = new LinkedBlockingQueue<>();
  final ReplyRouter replies = new ReplyRouter("test", 0);
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final ResumeKey resumeKey = ResumeKey.random();
  final IngressServer server;
  volatile WebhookRoutes routes = WebhookRoutes.EMPTY;
  volatile boolean ready = true;
  volatile Engine engine = (command, outcome, replies) -> outcome.done(null);

  IngressFixture() {
    this(IngressSettings.Limits.defaults(), CredentialStore.none());
  }

  IngressFixture(IngressSettings.Limits limits, CredentialStore credentials) {
    this(
        IngressSettings.defaults("unused")
            .withListener("127.0.0.1", 0)
            .withPublicUrl("https://hooks.example")
            .withLimits(limits),
        credentials);
  }

  IngressFixture(IngressSettings settings, CredentialStore credentials) {
    CommandSender sender =
        (command, outcome) -> {
          commands.add(command);
          engine.handle(command, outcome, replies);
        };
    server =
        IngressServer.start(
            settings,
            new IngressServer.Parts(
                () -> routes,
                () -> ready,
                sender,
                replies,
                credentials,
                InstantSource.system(),
                new IngressServer.Resumes(resumeKey, EXPRESSIONS)));
  }

  /** Publishes one workflow with one webhook of the newest version. */
  IngressFixture webhook(String parameters) {
    return webhook(2.1, parameters, "{}");
  }

  IngressFixture webhook(double typeVersion, String parameters, String credentials) {
    routes =
        WebhookRoutes.of(
            List.of(published("wf", 1, node(typeVersion, parameters, credentials))), List.of());
    return this;
  }

  static String node(double typeVersion, String parameters, String credentials) {
    return """
    {"id":"n","name":"Hook","type":"n8n-nodes-base.webhook","typeVersion":%s,
     "position":[0,0],"webhookId":"wid","parameters":%s,"credentials":%s}\
    """
        .formatted(typeVersion, parameters, credentials);
  }

  static WebhookRoutes.Published published(String workflowId, long since, String... nodes) {
    WorkflowDocument document =
        WorkflowDocument.parse(
            "{\"nodes\":[%s],\"connections\":{}}"
                .formatted(String.join(",", nodes))
                .getBytes(StandardCharsets.UTF_8));
    return new WebhookRoutes.Published(
        workflowId,
        since,
        document.nodes().stream()
            .map(node -> Webhook.of(workflowId, 3, document, node, EXPRESSIONS))
            .toList());
  }

  /** Every execution ends well with these items on the last node's first output. */
  IngressFixture answers(String... items) {
    engine =
        (command, outcome, router) -> {
          outcome.done(null);
          router.complete(success(command, items));
        };
    return this;
  }

  static ReplyRecord success(CommandRecord command, String... items) {
    List<ItemRecord> records = new ArrayList<>();
    for (String item : items) {
      records.add(new ItemRecord(utf8(item), -1, null));
    }
    return outcome(command, "success", records);
  }

  static ReplyRecord outcome(
      CommandRecord command, String status, @Nullable List<ItemRecord> items) {
    return new ReplyRecord(
        requestId(command),
        command.getExecutionId(),
        new ExecutionOutcome(status, null, "Last", List.of(new PortRecord(items))));
  }

  static ReplyRecord answer(
      CommandRecord command, int status, Map<String, String> headers, String body) {
    return new ReplyRecord(
        requestId(command),
        command.getExecutionId(),
        new WebhookAnswer(status, headers, utf8(body)));
  }

  static String requestId(CommandRecord command) {
    return start(command).getReplyTo().getRequestId();
  }

  static StartExecution start(CommandRecord command) {
    return (StartExecution) command.getBody();
  }

  static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path));
  }

  HttpResponse<String> post(String path, String contentType, String body) throws Exception {
    return send(
        request(path)
            .header("content-type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> postJson(String path, String body) throws Exception {
    return post(path, "application/json", body);
  }

  CommandRecord command() throws InterruptedException {
    CommandRecord command = commands.poll(10, TimeUnit.SECONDS);
    if (command == null) {
      throw new AssertionError("no command was sent");
    }
    return command;
  }

  /** The JSON of the item that the next command starts with. */
  Map<String, @Nullable Object> item() throws InterruptedException {
    return item(command());
  }

  static Map<String, @Nullable Object> item(CommandRecord command) {
    return object(Json.parse(text(start(command).getItems().getFirst().getJson())));
  }

  static Map<String, @Nullable Object> files(CommandRecord command) {
    ByteBuffer extra = start(command).getItems().getFirst().getExtra();
    return extra == null ? Map.of() : object(object(Json.parse(text(extra))).get("binary"));
  }

  static String text(ByteBuffer utf8) {
    return StandardCharsets.UTF_8.decode(utf8.duplicate()).toString();
  }

  @SuppressWarnings("unchecked")
  static Map<String, @Nullable Object> object(@Nullable Object value) {
    return (Map<String, @Nullable Object>) java.util.Objects.requireNonNull(value);
  }

  static MillraceException failure(dev.millrace.error.ErrorCode code) {
    return new MillraceException(code, "made by the test");
  }

  static Map<String, @Nullable Object> json(HttpResponse<String> response) {
    return Json.parseObject(response.body().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    server.close();
    client.close();
  }
}
