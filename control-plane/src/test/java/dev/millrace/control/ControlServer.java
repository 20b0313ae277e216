package dev.millrace.control;

import dev.millrace.control.db.Database;
import dev.millrace.control.users.SignInSettings;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.LocalKeys;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.Secrets;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeServices;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.value.Json;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A control plane that serves HTTP, and a client of it. No Kafka is there: what it publishes stays
 * in the outbox.
 */
final class ControlServer implements AutoCloseable {
  private static final String NOWHERE = "127.0.0.1:1";

  /** So many a minute of each user: some tests ask for as many as they can. */
  static final long REQUESTS = 100_000;

  /** What is in the links that it hands out. */
  static final String PUBLIC_URL = "http://localhost";

  private static final String ENCRYPTION_KEY = "0123456789abcdef".repeat(4);

  private final JsExpressionEngine expressions = new JsExpressionEngine();
  private final Database database;
  private final ControlPlane control;
  private final WebServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  ControlServer(Database.Settings database, URI redis, InstantSource clock) {
    this(database, redis, clock, new SignInSettings(Optional.empty(), REQUESTS));
  }

  ControlServer(Database.Settings database, URI redis, InstantSource clock, SignInSettings signIn) {
    this.database = Database.open(database);
    control =
        ControlPlane.start(
            new ControlPlane.Settings(
                redis,
                new InstallationKey(Secret.random(32)),
                NOWHERE,
                1 << 20,
                REQUESTS,
                new NoEngine(),
                new ControlPlane.Vault(
                    LocalKeys.parse(ENCRYPTION_KEY, "a test"),
                    OutgoingHttp.none(),
                    Secrets.none(),
                    () -> PUBLIC_URL,
                    limits -> {}),
                signIn,
                new OneLiveExecution()),
            this.database,
            NodeCatalogue.discover(new NodeServices(expressions)),
            new MillraceSerdes(EmbeddedRegistry.inMemory()),
            clock);
    control.project();
    HttpRouting.Builder routing = HttpRouting.builder();
    control.routing().addTo(routing);
    server =
        WebServer.builder().host("127.0.0.1").port(0).shutdownHook(false).routing(routing).build();
    server.start();
  }

  ControlPlane control() {
    return control;
  }

  /** What came back. */
  record Reply(int status, HttpResponse<String> response) {
    Map<String, @Nullable Object> json() {
      return Json.parseObject(response.body().getBytes(StandardCharsets.UTF_8));
    }

    String text(String field) {
      return String.valueOf(Objects.requireNonNull(json().get(field), field));
    }

    /** The name and value of the cookie that it sets. */
    String cookie() {
      String header = header("set-cookie");
      return header.substring(0, header.indexOf(';'));
    }

    /** The rows of a list. */
    List<Map<?, ?>> data() {
      List<Map<?, ?>> rows = new ArrayList<>();
      if (json().get("data") instanceof List<?> list) {
        list.forEach(row -> rows.add((Map<?, ?>) row));
      }
      return rows;
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  /** The same from another address of this machine, such as {@code 127.0.0.2}. */
  Reply callFrom(String address, String method, String path, @Nullable Object body) {
    try (HttpClient other =
        HttpClient.newBuilder().localAddress(InetAddress.getByName(address)).build()) {
      return send(other, method, path, null, body);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * @param proof an access token or API key; null for none
   * @param body null for none
   * @param headers in pairs
   */
  Reply call(
      String method,
      String path,
      @Nullable String proof,
      @Nullable Object body,
      String... headers) {
    return send(client, method, path, proof, body, headers);
  }

  private Reply send(
      HttpClient client,
      String method,
      String path,
      @Nullable String proof,
      @Nullable Object body,
      String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(Json.write(body)));
    if (proof != null) {
      request.header("authorization", "Bearer " + proof);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      return new Reply(response.statusCode(), response);
    } catch (IOException broken) {
      throw new IllegalStateException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /** Makes the owner and answers his access token. */
  String setUp() {
    return call(
            "POST",
            "/api/setup",
            null,
            Map.of("email", "owner@example.com", "password", "owner-password"))
        .text("accessToken");
  }

  /** Invites somebody, accepts for him, and answers his access token. */
  String join(String inviter, String email, String role) {
    Reply invited = call("POST", "/api/users", inviter, Map.of("email", email, "role", role));
    call(
        "POST",
        "/api/invitations/accept",
        null,
        Map.of("token", invited.text("invitationToken"), "password", "password of " + email));
    return signIn(email, "password of " + email).text("accessToken");
  }

  Reply signIn(String email, String password) {
    return call("POST", "/api/auth/sign-in", null, Map.of("email", email, "password", password));
  }

  @Override
  public void close() {
    server.stop();
    control.close();
    database.close();
    expressions.close();
    client.close();
  }
}
