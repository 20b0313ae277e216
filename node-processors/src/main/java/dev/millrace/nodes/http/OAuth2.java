package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpReply;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The token of an OAuth2 credential, and a new one when the service says that it is over. Where
 * nobody renews it for all, a new token serves this run only and is not stored. Thread-safe: the
 * calls of one run share it.
 */
final class OAuth2 {
  private final Map<String, @Nullable Object> credential;
  private final OutgoingHttp http;
  private final Renewal renewal;
  private @Nullable String token;

  /** Where tokens are renewed for all who use the credential; empty where they are not. */
  @FunctionalInterface
  interface Renewal {
    Optional<Map<String, @Nullable Object>> renewed(String refused);
  }

  OAuth2(Map<String, @Nullable Object> credential, OutgoingHttp http, Renewal renewal) {
    this.credential = credential;
    this.http = http;
    this.renewal = renewal;
    this.token = text(tokenData().get("access_token"));
  }

  /** The status by which the service says that the token is over. */
  int expiredStatus() {
    double status = Coercion.toNumber(credential.get("tokenExpiredStatusCode"));
    return status >= 100 ? (int) status : 401;
  }

  /** Signs a request, with a token fetched first where the credential has none yet. */
  synchronized HttpCall signed(HttpCall call) throws IOException, InterruptedException {
    String known = token;
    if (known == null) {
      known = fetched();
    }
    String prefix = text(tokenData().get("token_type"));
    return call.withSecretHeader(
        "Authorization",
        (prefix == null || prefix.equalsIgnoreCase("bearer") ? "Bearer" : prefix) + " " + known);
  }

  /**
   * Gets a new token, unless another call of the run just did.
   *
   * @return false when the credential has no way to one
   */
  synchronized boolean renew(@Nullable String refused) throws IOException, InterruptedException {
    if (refused != null && token != null && !refused.endsWith(" " + token)) {
      return true;
    }
    String known = token;
    String fresh =
        known == null
            ? null
            : renewal
                .renewed(known)
                .map(fields -> text(tokenData(fields).get("access_token")))
                .orElse(null);
    if (fresh != null) {
      token = fresh;
      return true;
    }
    if (text(credential.get("accessTokenUrl")) == null
        || (text(tokenData().get("refresh_token")) == null && !byClientAlone())) {
      return false;
    }
    fetched();
    return true;
  }

  private boolean byClientAlone() {
    return "clientCredentials".equals(credential.get("grantType"));
  }

  private String fetched() throws IOException, InterruptedException {
    String url = text(credential.get("accessTokenUrl"));
    String refresh = text(tokenData().get("refresh_token"));
    if (url == null || (refresh == null && !byClientAlone())) {
      throw new NodeException(
          ErrorCode.MISSING_CREDENTIAL,
          "The OAuth2 credential has no token; connect it again.",
          -1,
          null,
          Map.of(),
          null);
    }
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    if (byClientAlone()) {
      form.put("grant_type", "client_credentials");
      form.put("scope", text(credential.get("scope")));
    } else {
      form.put("refresh_token", refresh);
      form.put("grant_type", "refresh_token");
    }
    String id = text(credential.get("clientId"));
    String secret = text(credential.get("clientSecret"));
    HttpCall call =
        HttpCall.of("POST", HttpUrl.parse(url)).withHeader("Accept", "application/json");
    if ("body".equals(credential.get("authentication"))) {
      form.put("client_id", id);
      form.put("client_secret", secret);
    } else {
      String both = QueryText.encoded(or(id)) + ":" + QueryText.encoded(or(secret));
      call =
          call.withSecretHeader(
              "Authorization",
              "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    }
    call =
        call.withBody(
                HttpBody.of(
                    RequestContent.FormContent.TYPE, QueryText.of(form, QueryText.Lists.REPEAT)))
            .withOptions(
                HttpCall.Options.DEFAULT.withAnyCertificate(
                    Coercion.toBoolean(credential.get("ignoreSSLIssues"))));
    try (HttpReply reply = http.send(call)) {
      byte[] body = reply.bytes();
      String fresh = reply.ok() ? text(Json.parseObject(body).get("access_token")) : null;
      if (fresh == null) {
        throw new NodeException(
            ErrorCode.SERVICE_ERROR,
            "No new token: " + call.url().authority() + " answered with " + reply.status() + ".",
            -1,
            null,
            Map.of("httpCode", String.valueOf(reply.status())),
            null);
      }
      token = fresh;
      return fresh;
    }
  }

  private Map<?, ?> tokenData() {
    return tokenData(credential);
  }

  private static Map<?, ?> tokenData(Map<String, @Nullable Object> credential) {
    return credential.get("oauthTokenData") instanceof Map<?, ?> data ? data : credential;
  }

  private static String or(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static @Nullable String text(@Nullable Object value) {
    String text = Undefined.orNull(value) ? "" : Coercion.toText(value);
    return text.isEmpty() ? null : text;
  }
}
