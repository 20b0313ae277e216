package dev.millrace.ingress;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.BinaryStore;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.resume.ResumeKey;
import dev.millrace.resume.ResumeUrls;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The webhook server. It serves from when it is started until it is closed. Thread-safe. */
public final class IngressServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IngressServer.class);
  private static final byte[] UP = "{\"status\":\"UP\"}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DOWN = "{\"status\":\"DOWN\"}".getBytes(StandardCharsets.US_ASCII);

  /**
   * What the server works with.
   *
   * @param routes the current snapshot
   * @param ready whether the routes are complete and replies are read
   * @param binaries the files that workflows answer with
   * @param resumes what calls of waiting executions need; null where they are not served
   */
  record Parts(
      Supplier<WebhookRoutes> routes,
      BooleanSupplier ready,
      CommandSender sender,
      ReplyRouter replies,
      CredentialStore credentials,
      BinaryStore binaries,
      InstantSource clock,
      @Nullable Resumes resumes) {}

  /**
   * What calls of waiting executions need.
   *
   * @param key that their URLs are signed with
   */
  record Resumes(ResumeKey key, WebhookExpressions expressions) {}

  /** What has to be closed after the last request. */
  @FunctionalInterface
  private interface Connections {
    void close();
  }

  private final WebServer server;
  private final RequestsInService inService = new RequestsInService();
  private final Admission admission;
  private final ReadWatch watch;
  private final IngressSettings settings;
  private final Parts parts;
  private final Connections connections;
  private volatile boolean stopping;

  private IngressServer(
      IngressSettings settings,
      Parts parts,
      Connections connections,
      Consumer<HttpRouting.Builder> more) {
    this.connections = connections;
    this.settings = settings;
    this.parts = parts;
    Duration timeout = settings.limits().bodyTimeout();
    this.watch = new ReadWatch(timeout.dividedBy(4));
    this.admission = new Admission(settings.limits());
    BodyReader bodies = new BodyReader(settings.limits(), watch);
    AnswerWriter writer = new AnswerWriter(bodies, parts.binaries());
    EngineCalls calls =
        new EngineCalls(parts.sender(), parts.replies(), settings.limits().replyTimeout());
    WebhookHandler webhooks =
        new WebhookHandler(settings, this::baseUrl, parts, admission, bodies, calls, inService);
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .any(WebhookHandler.PREFIX + "*", webhooks)
            .get("/health/live", (request, response) -> health(response, true))
            .get("/health/ready", (request, response) -> health(response, ready()));
    if (parts.resumes() != null) {
      serveWaiting(routing, parts.resumes(), calls, bodies, writer);
    }
    more.accept(routing);
    routing.any(new OtherPaths(this::baseUrl, parts.routes(), writer));
    this.server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            // Closing is ordered by the owner, who knows what has to stop first.
            .shutdownHook(false)
            .backlog(4096)
            // Those that wait for an answer, and as many that are about to ask or to be refused;
            // the others wait in the backlog, where they hold no memory of this process.
            .maxTcpConnections(settings.limits().maxConnections())
            .connectionOptions(options -> options.tcpNoDelay(true))
            .idleConnectionTimeout(timeout)
            .idleConnectionPeriod(timeout.dividedBy(2))
            .contentEncoding(encodings ->
                encodings
                    .addContentEncoding(CompressedBodies.gzip())
                    .addContentEncoding(CompressedBodies.deflate()))
            .shutdownGracePeriod(Duration.ofMillis(500))
            .addProtocol(
                Http1Config.builder()
                    .maxHeadersSize(settings.limits().maxHeaderBytes())
                    // 4 KiB by default, which callers that put data into queries exceed.
                    .maxPrologueLength(settings.limits().maxHeaderBytes())
                    // Callers write brackets into queries as they are; the query is parsed here.
                    .validatePrologue(false)
                    // A body that is refused by its headers is never asked for.
                    .continueImmediately(false)
                    .build())
            .directHandlers(MalformedRequests.handlers())
            .routing(routing)
            .build();
  }

  private void serveWaiting(
      HttpRouting.Builder routing,
      Resumes resumes,
      EngineCalls calls,
      BodyReader bodies,
      AnswerWriter writer) {
    WebhookGuard guard = new WebhookGuard(parts.credentials(), parts.clock(), settings.proxyHops());
    Resumption resumption =
        new Resumption(
            calls, new AwaitedWebhooks(resumes.expressions()), settings.tenant(), parts.clock());
    routing.any(
        ResumeUrls.WEBHOOK_PREFIX + "*",
        new WaitingHandler(
            this::baseUrl,
            settings.tenant(),
            resumes.key(),
            resumption,
            guard,
            new RequestReader(settings.limits(), bodies),
            admission,
            writer,
            inService));
    routing.any(
        ResumeUrls.FORM_PREFIX + "*",
        new FormHandler(
            settings.tenant(),
            resumes.key(),
            resumption,
            guard,
            bodies,
            settings.limits().maxParts(),
            admission,
            writer,
            inService,
            parts.clock()));
  }

  /** Starts a server on parts that the caller owns. */
  static IngressServer start(IngressSettings settings, Parts parts) {
    return start(settings, parts, () -> {}, routing -> {});
  }

  /**
   * Connects to Kafka, whose topics must exist, and begins to serve. Until what is published has
   * been read, requests are answered with 503.
   *
   * @param expressions evaluates those in webhooks' parameters; stays the caller's
   * @param binaries the store of the files that workflows answer with
   * @param resumeKey that the engine signs the URLs with by which waiting executions are called;
   *     null not to serve them
   * @throws dev.millrace.error.MillraceException {@code BROKER_UNAVAILABLE} when Kafka cannot be
   *     reached or a topic is missing
   */
  public static IngressServer start(
      IngressSettings settings,
      SchemaRegistry registry,
      CredentialStore credentials,
      ExpressionEngine expressions,
      BinaryStore binaries,
      @Nullable ResumeKey resumeKey) {
    return start(settings, registry, credentials, expressions, binaries, resumeKey, routing -> {});
  }

  /**
   * The same.
   *
   * @param more adds what else is served at the same address
   */
  public static IngressServer start(
      IngressSettings settings,
      SchemaRegistry registry,
      CredentialStore credentials,
      ExpressionEngine expressions,
      BinaryStore binaries,
      @Nullable ResumeKey resumeKey,
      Consumer<HttpRouting.Builder> more) {
    KafkaParts kafka =
        new KafkaParts(settings, registry, credentials, expressions, binaries, resumeKey);
    return start(settings, kafka.parts(), kafka::close, more);
  }

  private static IngressServer start(
      IngressSettings settings,
      Parts parts,
      Connections connections,
      Consumer<HttpRouting.Builder> more) {
    try {
      IngressServer ingress = new IngressServer(settings, parts, connections, more);
      ingress.server.start();
      return ingress;
    } catch (RuntimeException failed) {
      connections.close();
      throw failed;
    }
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** What stands before {@code /webhook/...} and the other paths. */
  public String baseUrl() {
    return settings.publicUrl().orElseGet(() -> "http://localhost:" + server.port());
  }

  /** Waits until the server is {@link #ready}; false when the time is over before. */
  public boolean awaitReady(Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    while (!ready()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Thread.sleep(5);
    }
    return true;
  }

  /** Bytes of request bodies that are held right now. */
  public long bytesInFlight() {
    return admission.bytesInFlight();
  }

  /** Requests that wait for the broker or a reply right now. */
  public int waiting() {
    return admission.waiting();
  }

  /** Where replies can be handed over after their commit. */
  public ReplyRouter replies() {
    return parts.replies();
  }

  /** The webhooks of active workflows that are not served, such as those in a conflict. */
  public List<WebhookProblem> problems() {
    return parts.routes().get().problems();
  }

  /** Whether every webhook that is active can be called. */
  public boolean ready() {
    return !stopping && parts.ready().getAsBoolean();
  }

  /**
   * Refuses new requests, waits for those that wait for a reply, as long as the settings allow, and
   * stops. Safe to call again.
   */
  @Override
  public void close() {
    stopping = true;
    if (!inService.drain(settings.limits().stopTimeout())) {
      LOG.warn("Stopped while requests were still waiting; their executions go on");
    }
    server.stop();
    watch.close();
    connections.close();
  }

  private static void health(ServerResponse response, boolean good) {
    response.status(good ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    response.headers().set(HeaderValues.CONTENT_TYPE_JSON);
    response.send(good ? UP : DOWN);
  }
}
