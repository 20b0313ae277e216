package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.AllowedHosts;
import dev.millrace.http.ClientCertificate;
import dev.millrace.http.HttpCall.UserPassword;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts a credential into requests. One for each run of a node, used by its thread alone. */
final class RequestAuthentication {
  private final NodeCall call;
  private final NodeCredentials credentials;
  private final OutgoingHttp http;
  private final Map<String, OAuth2> tokens = new HashMap<>();

  RequestAuthentication(NodeCall call, NodeCredentials credentials, OutgoingHttp http) {
    this.call = call;
    this.credentials = credentials.of(call.execution().workflow());
    this.http = http;
  }

  /**
   * Signs a request with a credential of the node.
   *
   * @param type such as {@code httpBasicAuth}
   * @throws NodeException when there is none, or its type cannot sign requests
   */
  void apply(String type, RequestDraft request) {
    Map<String, @Nullable Object> credential = required(type);
    request.onlyTo(AllowedHosts.of(credential));
    switch (type) {
      case "httpBasicAuth" ->
          basic(request, text(credential, "user"), text(credential, "password"));
      case "httpBearerAuth" -> bearer(request, text(credential, "token"));
      case "httpDigestAuth" ->
          request.digest = new UserPassword(text(credential, "user"), text(credential, "password"));
      case "httpHeaderAuth" -> {
        String name = text(credential, "name");
        if (!name.isEmpty()) {
          request.secretHeader(name, text(credential, "value"));
        }
      }
      case "httpQueryAuth" ->
          request.secretQuery(text(credential, "name"), credential.get("value"));
      case "httpCustomAuth" -> custom(request, credential.get("json"));
      case "oAuth1Api" -> request.oAuth1 = oAuth1(credential);
      case "elasticsearchApi", "schemaRegistryApi" ->
          basic(request, text(credential, "username"), text(credential, "password"));
      case "n8nApi" -> request.secretHeader("X-N8N-API-KEY", text(credential, "apiKey"));
      case "supabaseApi" -> {
        request.secretHeader("apikey", text(credential, "serviceRole"));
        bearer(request, text(credential, "serviceRole"));
      }
      default -> {
        if (!type.endsWith("OAuth2Api")
            && !type.equals("oAuth2Api")
            && !(credential.get("oauthTokenData") instanceof Map)) {
          throw new NodeException(
              ErrorCode.MISSING_CREDENTIAL,
              "Credentials of the type " + type + " cannot sign HTTP requests.",
              -1,
              "Use a generic credential, such as a header or bearer token.",
              Map.of(),
              null);
        }
        request.oAuth2 =
            tokens.computeIfAbsent(
                type,
                key ->
                    new OAuth2(
                        credential,
                        http,
                        refused -> credentials.renewed(call.node(), type, refused)));
      }
    }
  }

  /** The node's own certificate, which a request is to be made with. */
  ClientCertificate certificate(RequestDraft request) {
    Map<String, @Nullable Object> credential = required("httpSslAuth");
    request.onlyTo(AllowedHosts.of(credential));
    return new ClientCertificate(
        text(credential, "ca"),
        text(credential, "cert"),
        text(credential, "key"),
        text(credential, "passphrase"));
  }

  private Map<String, @Nullable Object> required(String type) {
    return credentials
        .find(call.node(), type)
        .orElseThrow(() ->
            new NodeException(
                ErrorCode.MISSING_CREDENTIAL,
                "The node has no credential of the type " + type + ".",
                -1,
                null,
                Map.of(),
                null));
  }

  private static void basic(RequestDraft request, String user, String password) {
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    request.secretHeader("authorization", "Basic " + Base64.getEncoder().encodeToString(both));
  }

  private static void bearer(RequestDraft request, String token) {
    request.secretHeader("Authorization", "Bearer " + token);
  }

  private static void custom(RequestDraft request, @Nullable Object json) {
    Object parsed = json;
    if (json instanceof String text) {
      try {
        parsed = Json.parse(text);
      } catch (MillraceException invalid) {
        parsed = null;
      }
    }
    if (!(parsed instanceof Map<?, ?> parts)) {
      // The text is a secret: it is not quoted.
      throw new NodeException("The custom credential is not a JSON object.");
    }
    if (parts.get("headers") instanceof Map<?, ?> headers) {
      headers.forEach(
          (name, value) -> request.secretHeader(String.valueOf(name), Coercion.toText(value)));
    }
    if (parts.get("qs") instanceof Map<?, ?> query) {
      query.forEach((name, value) -> request.secretQuery(String.valueOf(name), value));
    }
    if (parts.get("body") instanceof Map<?, ?> body) {
      RequestContent content = request.content;
      if (content == null) {
        content = new RequestContent.JsonContent(new LinkedHashMap<>());
      }
      for (Map.Entry<?, ?> field : body.entrySet()) {
        content = content.with(String.valueOf(field.getKey()), field.getValue());
      }
      request.secretContent(content);
    }
  }

  private OAuth1 oAuth1(Map<String, @Nullable Object> credential) {
    String method = text(credential, "signatureMethod");
    if (method.isEmpty()) {
      method = "HMAC-SHA1";
    }
    Map<?, ?> token =
        credential.get("oauthTokenData") instanceof Map<?, ?> data ? data : credential;
    byte[] nonce = new byte[16];
    for (int i = 0; i < nonce.length; i++) {
      nonce[i] = (byte) (call.random() * 256);
    }
    return new OAuth1(
        text(credential, "consumerKey"),
        text(credential, "consumerSecret"),
        text(token, "oauth_token"),
        text(token, "oauth_token_secret"),
        method.replace("HMAC-SHA", "HmacSHA"),
        method,
        HexFormat.of().formatHex(nonce),
        call.now().toInstant());
  }

  private static String text(Map<?, ?> credential, String field) {
    Object value = credential.get(field);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }
}
