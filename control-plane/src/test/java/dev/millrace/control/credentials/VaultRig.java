package dev.millrace.control.credentials;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Api;
import dev.millrace.control.http.ApiRouting;
import dev.millrace.control.http.Authority;
import dev.millrace.control.http.RateLimit;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.KeyEncryption;
import dev.millrace.control.vault.LocalKeys;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.Secrets;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.value.Json;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The vault behind a real server, with two projects that do not know each other and a third that
 * has nothing: {@code ann} edits p1, {@code bob} edits p2, {@code root} owns the installation.
 */
final class VaultRig implements AutoCloseable {
  static final Secret INSTALLATION = Secret.of("an installation's key of 32 bytes");

  final Database database;
  final CredentialVault vault;
  final WorkerTokens tokens;
  final LocalKeys firstKeys = new LocalKeys(List.of(Secret.random(32)));
  final SwitchedKeys keys = new SwitchedKeys(firstKeys);

  /** Everything that was ever answered. */
  final List<String> answers = new CopyOnWriteArrayList<>();

  volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final ApacheOutgoingHttp http =
      new ApacheOutgoingHttp(OutgoingHttpSettings.DEFAULT.withAllowed(List.of("127.0.0.0/8")));
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebServer server;

  /** Keys that a test can change, as another process would. */
  static class SwitchedKeys implements KeyEncryption {
    volatile KeyEncryption current;

    SwitchedKeys(KeyEncryption current) {
      this.current = current;
    }

    @Override
    public Wrapped wrap(Secret dataKey, byte[] context) {
      return current.wrap(dataKey, context);
    }

    @Override
    public Secret unwrap(Wrapped wrapped, byte[] context) {
      return current.unwrap(wrapped, context);
    }

    @Override
    public String newestKeyId() {
      return current.newestKeyId();
    }

    @Override
    public boolean knows(String keyId) {
      return current.knows(keyId);
    }
  }

  /** An answer of the API. */
  record Reply(int status, HttpResponse<byte[]> response) {
    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    Map<String, @Nullable Object> json() {
      return Json.parseObject(response.body());
    }

    Map<?, ?> data() {
      return json().get("data") instanceof Map<?, ?> data ? data : Map.of();
    }

    List<?> list() {
      return json().get("data") instanceof List<?> list ? list : List.of("no list");
    }

    String id() {
      return String.valueOf(json().get("id"));
    }

    String code() {
      return String.valueOf(json().get("code"));
    }
  }

  VaultRig(Database database) {
    this(database, Secrets.none());
  }

  VaultRig(Database database, Secrets secrets) {
    this.database = database;
    database
        .jdbi()
        .useHandle(handle -> {
          for (String project : List.of("p1", "p2", "p3")) {
            handle.execute(
                "insert into project (id, name, type) values (?, ?, 'team')", project, project);
          }
        });
    this.tokens = new WorkerTokens(new InstallationKey(INSTALLATION), () -> now);
    this.vault =
        new CredentialVault(
            new CredentialVault.Parts(
                database,
                keys,
                http,
                secrets,
                workflow ->
                    workflow.startsWith("w-")
                        ? Optional.of(workflow.substring(2))
                        : Optional.empty(),
                tokens,
                () -> "https://millrace.example/",
                limits -> {
                  if (limits.containsKey("wrong")) {
                    throw new MillraceException(ErrorCode.INVALID_LIMITS, "wrong is not known");
                  }
                },
                () -> now));
    Api api =
        new Api(
            vault.endpoints(), new ByHeader(), caller -> new RateLimit.Standing(1_000, 1_000, 60));
    this.server =
        WebServer.builder()
            .address(InetAddress.getLoopbackAddress())
            .port(0)
            .routing(routing -> new ApiRouting(api).addTo(routing))
            .build()
            .start();
  }

  /** Whoever the header {@code x-user} names. */
  private static final class ByHeader implements Authority {
    private static final Map<String, String> PROJECTS =
        Map.of("ann", "p1", "bob", "p2", "cat", "p3", "eve", "p1");

    @Override
    public Optional<Principal> identify(Function<String, Optional<String>> header) {
      return header
          .apply("x-user")
          .map(user ->
              new Principal(
                  user,
                  user + "@example.com",
                  user.equals("root") ? Role.OWNER : Role.MEMBER,
                  Optional.empty(),
                  Optional.empty()));
    }

    @Override
    public Set<String> projects(Principal principal, Scope scope) {
      boolean may =
          !principal.userId().equals("eve") || Role.PROJECT_VIEWER.scopes().contains(scope);
      String project = PROJECTS.get(principal.userId());
      return project == null || !may ? Set.of() : Set.of(project);
    }
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  Reply call(String user, String method, String path) {
    return call(user, method, path, null, Map.of());
  }

  Reply call(String user, String method, String path, @Nullable String body) {
    return call(user, method, path, body, Map.of());
  }

  Reply call(
      String user, String method, String path, @Nullable String body, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url().resolve(path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!user.isEmpty()) {
      request.header("x-user", user);
    }
    headers.forEach(request::header);
    try {
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      Reply reply = new Reply(response.statusCode(), response);
      answers.add(response.headers().map() + reply.text());
      return reply;
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /** Makes a credential for ann and gives its id. */
  String created(String type, String name, String data) {
    Reply reply =
        call(
            "ann",
            "POST",
            "/api/credentials",
            "{\"name\": \"%s\", \"type\": \"%s\", \"data\": %s}".formatted(name, type, data));
    if (reply.status() != 201) {
      throw new IllegalStateException(reply.text());
    }
    return reply.id();
  }

  Optional<Lease> lease(String workflow, String type, String id, String name) {
    return vault
        .leases()
        .lease(new LeaseRequest(workflow, type, id, name, LeaseRequest.Want.FIELDS, ""));
  }

  /** Everything that the database holds, as text. */
  String dump() {
    return database
        .jdbi()
        .withHandle(handle -> {
          StringBuilder all = new StringBuilder();
          List<String> tables =
              handle
                  .createQuery(
                      "select table_name from information_schema.tables where table_schema ="
                          + " 'public' order by 1")
                  .mapTo(String.class)
                  .list();
          for (String table : tables) {
            all.append(table).append('\n');
            handle
                .createQuery(
                    "select t::text, encode(t::text::bytea, 'escape') from " + table + " t")
                .mapTo(String.class)
                .forEach(row -> all.append(row).append('\n'));
          }
          // What is in bytes is text to whoever reads them as such.
          for (String column : List.of("ciphertext", "wrapped_key")) {
            handle
                .createQuery("select encode(" + column + ", 'escape') from credential")
                .mapTo(String.class)
                .forEach(row -> all.append(row).append('\n'));
          }
          return all.toString();
        });
  }

  @Override
  public void close() {
    server.stop();
    http.close();
    client.close();
  }
}
