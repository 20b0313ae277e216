package dev.millrace.control.credentials;

import com.nimbusds.jwt.SignedJWT;
import dev.millrace.control.vault.Secret;
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
import java.text.ParseException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Leases from the control plane of another process. Thread-safe; blocks. */
public final class HttpLeases implements LeaseSource {
  /** Where the control plane serves leases. */
  static final String PATH = "/api/leases";

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final URI url;
  private final WorkerTokens tokens;
  private final String worker;
  private final HttpClient client;

  /**
   * @param controlPlane such as {@code http://control:5680}
   * @param worker who asks, for logs
   */
  public HttpLeases(URI controlPlane, WorkerTokens tokens, String worker) {
    this.url = URI.create(controlPlane.toString().replaceAll("/+$", "") + PATH);
    this.tokens = tokens;
    this.worker = worker;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(TIMEOUT)
            .build();
  }

  @Override
  public Optional<Lease> lease(LeaseRequest request) {
    SignedJWT token = tokens.issue(worker);
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("token", token.serialize());
    body.put("sealed", sealed(request, id(token)));
    HttpRequest call =
        HttpRequest.newBuilder(url)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(Json.write(body)))
            .build();
    try {
      HttpResponse<byte[]> answer = client.send(call, BodyHandlers.ofByteArray());
      return read(answer.statusCode(), Json.parseObject(answer.body()), id(token));
    } catch (IOException none) {
      throw unavailable("The control plane at " + url.getAuthority() + " cannot be reached");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw unavailable("Interrupted while the control plane was asked");
    } catch (MillraceException notJson) {
      throw notJson.code() == ErrorCode.INVALID_JSON
          ? unavailable("The control plane at " + url.getAuthority() + " answers something else")
          : notJson;
    }
  }

  /** What is asked may hold a token, so it is encrypted too. */
  private String sealed(LeaseRequest request, String tokenId) {
    try (Secret plain = Secret.taking(Json.write(request.json()))) {
      return Base64.getEncoder().encodeToString(tokens.seal(plain, tokenId, "request"));
    }
  }

  private Optional<Lease> read(int status, Map<String, @Nullable Object> json, String tokenId) {
    if (status == 200 && json.get("sealed") instanceof String sealed) {
      byte[] bytes;
      try {
        bytes = Base64.getDecoder().decode(sealed);
      } catch (IllegalArgumentException notBase64) {
        throw unavailable("The control plane at " + url.getAuthority() + " answers something else");
      }
      try (Secret plain = tokens.open(bytes, tokenId, "answer")) {
        Map<String, @Nullable Object> answer = plain.use(Json::parseObject);
        return answer.isEmpty() ? Optional.empty() : Optional.of(Lease.read(answer));
      }
    }
    String detail = json.get("detail") instanceof String text ? text : "status " + status;
    throw new MillraceException(
        Arrays.stream(ErrorCode.values())
            .filter(code -> code.code().equals(json.get("code")))
            .findFirst()
            .orElse(ErrorCode.CREDENTIALS_UNAVAILABLE),
        detail);
  }

  private static String id(SignedJWT token) {
    try {
      return token.getJWTClaimsSet().getJWTID();
    } catch (ParseException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static MillraceException unavailable(String message) {
    return new MillraceException(ErrorCode.CREDENTIALS_UNAVAILABLE, message);
  }
}
