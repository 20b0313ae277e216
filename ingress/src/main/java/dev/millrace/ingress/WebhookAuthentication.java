package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks a caller against the credential that a webhook names. Nothing sent is 401, something wrong
 * is 403. Where the credential is missing or says nothing, everybody is refused. Thread-safe.
 */
final class WebhookAuthentication {
  private static final String BEARER = "bearer ";
  private static final String BASIC = "basic ";
  private static final String AUTHORIZATION = "authorization";

  private final CredentialStore credentials;
  private final InstantSource clock;

  WebhookAuthentication(CredentialStore credentials, InstantSource clock) {
    this.credentials = credentials;
    this.clock = clock;
  }

  /**
   * @throws RequestRefused 401 or 403; 503 when the credential cannot be had now
   */
  Proof check(ServerRequest request, Webhook webhook) {
    return switch (webhook.authentication()) {
      case Webhook.Authentication.None none -> Proof.NONE;
      case Webhook.Authentication.ByCredential by -> {
        Map<String, @Nullable Object> fields =
            find(webhook, by.credential())
                .orElseThrow(() ->
                    new RequestRefused(
                        403,
                        ErrorCode.FORBIDDEN,
                        "The credential of this webhook is not set up on the server"));
        yield switch (by.scheme()) {
          case BASIC -> basic(request, fields);
          case HEADER -> header(request, fields);
          case JWT -> jwt(request, fields);
        };
      }
    };
  }

  private Optional<Map<String, @Nullable Object>> find(Webhook webhook, CredentialStore.Key key) {
    try {
      return credentials.find(webhook.workflowId(), key);
    } catch (MillraceException unavailable) {
      throw new RequestRefused(
          503, unavailable.code(), "The credential of this webhook cannot be had now");
    }
  }

  private static Proof basic(ServerRequest request, Map<String, @Nullable Object> fields) {
    String user = configured(fields, "user");
    String password = configured(fields, "password");
    String sent = authorization(request, BASIC).orElseThrow(WebhookAuthentication::askForBasic);
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(sent.strip());
    } catch (IllegalArgumentException notBase64) {
      throw wrong();
    }
    if (!same(decoded, (user + ":" + password).getBytes(StandardCharsets.UTF_8))) {
      throw wrong();
    }
    return new Proof(null, AUTHORIZATION);
  }

  private static Proof header(ServerRequest request, Map<String, @Nullable Object> fields) {
    String name = configured(fields, "name").toLowerCase(Locale.ROOT);
    String value = configured(fields, "value");
    String sent =
        request
            .headers()
            .value(HeaderNames.createFromLowercase(name))
            .orElseThrow(() -> missing("The header that this webhook asks for is missing"));
    if (!same(sent.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8))) {
      throw wrong();
    }
    return new Proof(null, name);
  }

  private Proof jwt(ServerRequest request, Map<String, @Nullable Object> fields) {
    String token =
        authorization(request, BEARER)
            .orElseThrow(() -> missing("This webhook asks for a bearer token"));
    // A token is not the key that it is checked with, and workflows may hand it on.
    return new Proof(
        new JwtVerifier(fields)
            .verify(token.strip(), clock.instant())
            .orElseThrow(WebhookAuthentication::wrong),
        null);
  }

  private static Optional<String> authorization(ServerRequest request, String scheme) {
    return request
        .headers()
        .value(HeaderNames.AUTHORIZATION)
        .filter(value -> value.regionMatches(true, 0, scheme, 0, scheme.length()))
        .map(value -> value.substring(scheme.length()));
  }

  /** A field of the credential; an empty one would let everybody in. */
  private static String configured(Map<String, @Nullable Object> fields, String name) {
    Object value = fields.get(name);
    if (value == null || value.equals("")) {
      throw new RequestRefused(
          403, ErrorCode.FORBIDDEN, "The credential of this webhook has no " + name);
    }
    return Coercion.toText(value);
  }

  /** In a time that does not tell where they differ. */
  private static boolean same(byte[] sent, byte[] expected) {
    return MessageDigest.isEqual(sent, expected);
  }

  private static RequestRefused askForBasic() {
    return new RequestRefused(
            401, ErrorCode.UNAUTHORIZED, "This webhook asks for a user and a password")
        .withHeader("www-authenticate", "Basic realm=\"Webhook\"");
  }

  private static RequestRefused missing(String message) {
    return new RequestRefused(401, ErrorCode.UNAUTHORIZED, message);
  }

  private static RequestRefused wrong() {
    return new RequestRefused(403, ErrorCode.FORBIDDEN, "The credentials sent are wrong");
  }
}
