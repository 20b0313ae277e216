package dev.millrace.ingress;

import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The webhook server. It serves from when it is started until it is closed. Thread-safe. */
public final class IngressServer implements AutoCloseable {
  private static final byte[] UP = "{\"status\":\"UP\"}".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DOWN = "{\"status\":\"DOWN\"}".getBytes(StandardCharsets.US_ASCII);

  /**
   * What the server works with.
   *
   * @param routes the current snapshot
   * @param ready whether the routes are complete and replies are read
   */
  record Parts(
      Supplier<WebhookRoutes> routes,
      BooleanSupplier ready,
      CommandSender sender,
      ReplyRouter replies,
      CredentialStore credentials,
      InstantSource clock) {}

  private final WebServer server;
  private final WebhookHandler webhooks;
  private final Admission admission;
  private final IngressSettings settings;
  private final Parts parts;
  private volatile boolean stopping;

  private IngressServer(IngressSettings settings, Parts parts) {
    this.settings = settings;
    this.parts = parts;
    this.admission = new Admission(settings.limits());
    this.webhooks = new WebhookHandler(settings, this::baseUrl, parts, admission);
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .any(WebhookHandler.PREFIX + "*", webhooks)
            .get("/health/live", (request, response) -> health(response, true))
            .get("/health/ready", (request, response) -> health(response, ready()));
    this.server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            // Closing is ordered by the owner, who knows what has to stop first.
            .shutdownHook(false)
            .backlog(4096)
            .idleConnectionTimeout(settings.limits().idleTimeout())
            .connectionOptions(
                options -> options.tcpNoDelay(true).readTimeout(settings.limits().bodyTimeout()))
            .shutdownGracePeriod(Duration.ofMillis(500))
            .addProtocol(
                Http1Config.builder()
                    .maxHeadersSize(settings.limits().maxHeaderBytes())
                    // A body that is refused by its headers is never asked for.
                    .continueImmediately(false)
                    .build())
            .routing(routing)
            .build();
  }

  /** Starts a server on parts that the caller owns. */
  static IngressServer start(IngressSettings settings, Parts parts) {
    IngressServer ingress = new IngressServer(settings, parts);
    ingress.server.start();
    return ingress;
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** What stands before {@code /webhook/...}. */
  public String baseUrl() {
    return settings.publicUrl().orElseGet(() -> "http://localhost:" + server.port());
  }

  /** Where replies can be handed over after their commit. */
  public ReplyRouter replies() {
    return parts.replies();
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
    webhooks.drain();
    long deadline = System.nanoTime() + settings.limits().stopTimeout().toNanos();
    while (admission.waiting() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(5_000_000);
    }
    server.stop();
  }

  private static void health(ServerResponse response, boolean good) {
    response.status(good ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    response.headers().set(HeaderValues.CONTENT_TYPE_JSON);
    response.send(good ? UP : DOWN);
  }
}
