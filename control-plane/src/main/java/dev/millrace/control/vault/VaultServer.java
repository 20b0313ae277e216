package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP API of a HashiCorp Vault. The operator names its address, so that it may well be a
 * private one: it is not called through the guard that the calls of workflows pass. Thread-safe.
 */
public final class VaultServer {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int NOT_FOUND = 404;

  private final URI address;
  private final Secret token;
  private final String namespace;
  private final HttpClient client;

  /** An answer: its status and its {@code data}, empty where it has none. */
  record Answer(int status, Map<String, @Nullable Object> data) {
    boolean ok() {
      return status >= 200 && status < 300;
    }

    boolean missing() {
      return status == NOT_FOUND;
    }
  }

  /**
   * @param address such as {@code https://vault:8200}
   * @param token that may use what is asked of it
   * @param namespace empty for none
   */
  public VaultServer(URI address, Secret token, String namespace) {
    this.address = address;
    this.token = token;
    this.namespace = namespace;
    // A redirect would carry the token to whatever it names.
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(TIMEOUT)
            .build();
  }

  /**
   * @param path below {@code /v1/}, encoded
   * @throws IOException when there is no answer that can be read; its message holds no secret
   */
  Answer get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  Answer post(String path, Map<String, @Nullable Object> body)
      throws IOException, InterruptedException {
    return send(request(path).POST(BodyPublishers.ofByteArray(Json.write(body))));
  }

  private HttpRequest.Builder request(String path) {
    String base = address.toString().replaceAll("/+$", "");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/v1/" + path))
            .timeout(TIMEOUT)
            .header("X-Vault-Token", token.reveal())
            .header("X-Vault-Request", "true");
    return namespace.isEmpty() ? request : request.header("X-Vault-Namespace", namespace);
  }

  @SuppressWarnings("unchecked") // JSON objects have text as keys.
  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    Object data = null;
    if (response.body().length > 0) {
      try {
        data = Json.parseObject(response.body()).get("data");
      } catch (MillraceException unreadable) {
        if (response.statusCode() < 300) {
          throw new IOException("Vault at " + this + " answers something else than JSON");
        }
      }
    }
    return new Answer(
        response.statusCode(),
        data instanceof Map<?, ?> fields ? (Map<String, @Nullable Object>) fields : Map.of());
  }

  /** The failure of a call, as an error of the catalogue. */
  MillraceException failure(ErrorCode code, String what, Answer answer) {
    return new MillraceException(
        code, what + ": Vault at " + this + " answers with " + answer.status());
  }

  /** The failure of a call without an answer. Interrupts the thread again where it was. */
  MillraceException failure(ErrorCode code, String what, Exception none) {
    if (none instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return new MillraceException(
        code,
        what + ": no answer of Vault at " + this + " (" + none.getClass().getSimpleName() + ")");
  }

  /** Host and port. */
  @Override
  public String toString() {
    return address.getHost() + (address.getPort() < 0 ? "" : ":" + address.getPort());
  }
}
