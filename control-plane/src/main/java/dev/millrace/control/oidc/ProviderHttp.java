package dev.millrace.control.oidc;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks an identity provider. Redirects are not followed, answers are short, and nobody waits for
 * long. Nothing of an answer is in an error. Thread-safe.
 *
 * <p>Addresses within the network are allowed: that is where many a provider is, and only the owner
 * says which it is.
 */
final class ProviderHttp implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST = 1 << 20;

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * An answer.
   *
   * @param body in UTF-8
   */
  record Reply(int status, byte[] body) {
    boolean ok() {
      return status == 200;
    }

    /** The body as a JSON object; empty when it is none. */
    Map<String, @Nullable Object> json() {
      try {
        return Json.parseObject(body);
      } catch (MillraceException none) {
        return Map.of();
      }
    }
  }

  /**
   * Sends a request.
   *
   * @throws MillraceException {@code SIGN_IN_PROVIDER_FAILED} when there is no answer
   */
  Reply send(HttpRequest request) {
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST));
    try {
      HttpResponse<byte[]> response = sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return new Reply(response.statusCode(), response.body());
    } catch (TimeoutException slow) {
      sent.cancel(true);
      throw failed(request.uri() + " did not answer in " + PATIENCE.toSeconds() + " s");
    } catch (ExecutionException broken) {
      throw failed(request.uri() + " cannot be reached");
    } catch (InterruptedException interrupted) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw failed("Interrupted while " + request.uri() + " was asked");
    }
  }

  /**
   * A URL of a provider: encrypted, unless it is on this machine.
   *
   * @throws MillraceException {@code SIGN_IN_PROVIDER_FAILED} when it is none
   */
  static URI checked(String url, String what) {
    try {
      URI uri = URI.create(url);
      String host = uri.getHost();
      boolean here = "localhost".equals(host) || "127.0.0.1".equals(host) || "[::1]".equals(host);
      if (host != null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null
          && ("https".equals(uri.getScheme()) || (here && "http".equals(uri.getScheme())))) {
        return uri;
      }
    } catch (IllegalArgumentException noUrl) {
      // Told below, in the same way.
    }
    throw failed("The provider's " + what + " is no https URL");
  }

  static MillraceException failed(String message) {
    return new MillraceException(ErrorCode.SIGN_IN_PROVIDER_FAILED, message);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
