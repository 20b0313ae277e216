package dev.millrace.control.vault;

import dev.millrace.control.vault.LocalService.Reply;
import dev.millrace.control.vault.LocalService.Request;
import dev.millrace.value.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * NOT a HashiCorp Vault: a stub that answers the few requests used here as Vault's documentation of
 * its HTTP API says. It shows that our requests have the documented form, not that Vault works.
 */
final class VaultContractStub implements AutoCloseable {
  static final String TOKEN = "canary-vault-token";

  private final LocalService service = new LocalService(this::answer);
  private final Map<String, String> transit = new ConcurrentHashMap<>();
  private final Map<String, Map<String, @Nullable Object>> secrets = new ConcurrentHashMap<>();
  private final AtomicInteger version = new AtomicInteger(1);
  private volatile boolean sealed;

  VaultServer client() {
    return client(TOKEN);
  }

  VaultServer client(String token) {
    return new VaultServer(URI.create(service.url("/")), Secret.of(token), "team");
  }

  /** As {@code vault write -f transit/keys/millrace/rotate}. */
  void rotate() {
    version.incrementAndGet();
  }

  /** As {@code vault operator seal}. */
  void seal() {
    sealed = true;
  }

  void put(String path, Map<String, @Nullable Object> fields) {
    secrets.put(path, fields);
  }

  List<Request> requests() {
    return service.requests();
  }

  private Reply answer(Request request) {
    if (sealed) {
      return error(503, "Vault is sealed");
    }
    if (!request.header().apply("X-Vault-Token").orElse("").equals(TOKEN)
        || !request.header().apply("X-Vault-Namespace").orElse("").equals("team")) {
      return error(403, "permission denied");
    }
    String path = request.uri().getRawPath();
    return switch (request.method() + " " + path) {
      case "POST /v1/transit/encrypt/millrace" -> encrypt(body(request));
      case "POST /v1/transit/decrypt/millrace" -> decrypt(body(request));
      case "GET /v1/transit/keys/millrace" ->
          data(Map.of("latest_version", version.doubleValue(), "type", "aes256-gcm96"));
      default -> {
        Map<String, @Nullable Object> found = secrets.get(path);
        yield found == null ? Reply.json(404, Map.of("errors", List.of())) : kv(found);
      }
    };
  }

  private static Reply kv(Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("data", fields);
    data.put("metadata", Map.of("version", 1.0));
    return data(data);
  }

  private Reply encrypt(Map<String, @Nullable Object> body) {
    String ciphertext = "vault:v" + version.get() + ":" + transit.size() + "-" + System.nanoTime();
    transit.put(ciphertext, body.get("associated_data") + " " + body.get("plaintext"));
    return data(Map.of("ciphertext", ciphertext, "key_version", version.doubleValue()));
  }

  private Reply decrypt(Map<String, @Nullable Object> body) {
    String known = transit.get(String.valueOf(body.get("ciphertext")));
    String context = body.get("associated_data") + " ";
    return known == null || !known.startsWith(context)
        ? error(400, "cipher: message authentication failed")
        : data(Map.of("plaintext", known.substring(context.length())));
  }

  private static Map<String, @Nullable Object> body(Request request) {
    return Json.parseObject(request.body().getBytes(StandardCharsets.UTF_8));
  }

  private static Reply data(Map<String, @Nullable Object> data) {
    return Reply.json(200, Map.of("request_id", "r", "data", data));
  }

  private static Reply error(int status, String message) {
    return Reply.json(status, Map.of("errors", List.of(message)));
  }

  @Override
  public void close() {
    service.close();
  }
}
