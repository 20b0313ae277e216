package dev.millrace.control.credentials;

import dev.millrace.control.credentials.CredentialType.TestRequest;
import dev.millrace.node.Property;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The types of credentials that the nodes and webhooks here use. Immutable. */
final class CredentialTypes {
  private final Map<String, CredentialType> types = new LinkedHashMap<>();

  CredentialTypes() {
    add("httpBasicAuth", "Basic auth", text("user", "User"), secret("password", "Password"));
    add("httpBearerAuth", "Bearer auth", secret("token", "Bearer token"));
    // Whatever stands in the JSON becomes part of requests, so all of it is secret.
    add(
        "httpCustomAuth",
        "Custom auth",
        Property.of("json", "json", "JSON", "").asRequired().withTypeOption("password", true));
    add("httpDigestAuth", "Digest auth", text("user", "User"), secret("password", "Password"));
    add("httpHeaderAuth", "Header auth", text("name", "Name"), secret("value", "Value"));
    add("httpQueryAuth", "Query auth", text("name", "Name"), secret("value", "Value"));
    add(
        "httpSslAuth",
        "Client certificate",
        secret("ca", "Certificate authority"),
        secret("cert", "Certificate"),
        secret("key", "Private key"),
        secret("passphrase", "Passphrase of the key"));
    add("jwtAuth", "JWT auth", jwt());
    add("oAuth1Api", "OAuth1", oAuth1());
    add("oAuth2Api", "OAuth2", oAuth2());
    add(
        "crypto",
        "Crypto",
        secret("hmacSecret", "HMAC secret"),
        secret("signPrivateKey", "Private key that signs"),
        secret("encryptionPassphrase", "Passphrase that encrypts"),
        secret("encryptionPublicKey", "Public key that encrypts"),
        secret("encryptionPrivateKey", "Private key that decrypts"));
    add(
        "totpApi",
        "One-time passwords",
        secret("secret", "Secret").asRequired(),
        text("label", "Label"));
    add(
        "elasticsearchApi",
        "Elasticsearch",
        new TestRequest(
            "baseUrl",
            "/_security/_authenticate",
            (Map<String, @Nullable Object> fields) -> basic(fields, "username", "password")),
        text("username", "User"),
        secret("password", "Password"),
        text("baseUrl", "Base URL"),
        Property.bool("ignoreSSLIssues", "Accept any certificate", false));
    add(
        "schemaRegistryApi",
        "Schema registry",
        new TestRequest(
            "url",
            "/subjects",
            (Map<String, @Nullable Object> fields) ->
                "none".equals(fields.get("authentication"))
                    ? Map.of()
                    : basic(fields, "username", "password")),
        text("url", "URL").asRequired(),
        Property.options(
            "authentication",
            "Authentication",
            "basicAuth",
            Property.option("Basic auth", "basicAuth"),
            Property.option("None", "none")),
        text("username", "User").asRequired().showWhen("authentication", "basicAuth"),
        secret("password", "Password").asRequired().showWhen("authentication", "basicAuth"));
    add(
        "n8nApi",
        "n8n API",
        new TestRequest(
            "baseUrl",
            "/workflows?limit=1",
            (Map<String, @Nullable Object> fields) ->
                Map.of("X-N8N-API-KEY", text(fields, "apiKey"))),
        secret("apiKey", "API key"),
        text("baseUrl", "Base URL"));
    add(
        "supabaseApi",
        "Supabase",
        new TestRequest(
            "host",
            "/rest/v1/",
            (Map<String, @Nullable Object> fields) ->
                Map.of(
                    "apikey",
                    text(fields, "serviceRole"),
                    "Authorization",
                    "Bearer " + text(fields, "serviceRole"))),
        text("host", "Host"),
        secret("serviceRole", "Secret key"));
  }

  /** A type; one without fields where it is not known here. */
  CredentialType of(String name) {
    return Optional.ofNullable(types.get(name)).orElseGet(() -> CredentialType.opaque(name));
  }

  Stream<CredentialType> all() {
    return types.values().stream();
  }

  private void add(String name, String displayName, Property... fields) {
    types.put(name, new CredentialType(name, displayName, List.of(fields), Optional.empty()));
  }

  private void add(String name, String displayName, TestRequest test, Property... fields) {
    add(name, displayName, fields);
    types.computeIfPresent(name, (key, type) -> type.withTest(test));
  }

  private static Property[] jwt() {
    return new Property[] {
      Property.options(
          "keyType",
          "Key type",
          "passphrase",
          Property.option("Passphrase", "passphrase"),
          Property.option("PEM key", "pemKey")),
      secret("secret", "Secret").showWhen("keyType", "passphrase"),
      secret("privateKey", "Private key").showWhen("keyType", "pemKey"),
      secret("publicKey", "Public key").showWhen("keyType", "pemKey"),
      Property.options(
          "algorithm",
          "Algorithm",
          "HS256",
          choices(
              "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
              "PS256", "PS384", "PS512", "none"))
    };
  }

  private static Property[] oAuth1() {
    return new Property[] {
      text("authUrl", "Authorization URL").asRequired(),
      text("accessTokenUrl", "Token URL").asRequired(),
      secret("consumerKey", "Consumer key").asRequired(),
      secret("consumerSecret", "Consumer secret").asRequired(),
      text("requestTokenUrl", "Request token URL").asRequired(),
      Property.options(
              "signatureMethod",
              "Signature method",
              "HMAC-SHA1",
              choices("HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"))
          .asRequired()
    };
  }

  private static Property[] oAuth2() {
    String grant = "grantType";
    return new Property[] {
      Property.options(
          grant,
          "Grant type",
          "authorizationCode",
          Property.option("Authorization code", "authorizationCode"),
          Property.option("Client credentials", "clientCredentials"),
          Property.option("Authorization code with PKCE", "pkce")),
      text("authUrl", "Authorization URL")
          .asRequired()
          .showWhen(grant, "authorizationCode", "pkce"),
      text("accessTokenUrl", "Token URL").asRequired(),
      text("clientId", "Client id").asRequired(),
      secret("clientSecret", "Client secret").asRequired(),
      text("scope", "Scope"),
      text("authQueryParameters", "More parameters of the authorization URL")
          .showWhen(grant, "authorizationCode", "pkce"),
      Property.options(
          "authentication",
          "Send id and secret in",
          "header",
          Property.option("Body", "body"),
          Property.option("Header", "header")),
      Property.bool("sendAdditionalBodyProperties", "Send more fields in the body", false)
          .showWhen(grant, "clientCredentials")
          .showWhen("authentication", "body"),
      Property.of("json", "additionalBodyProperties", "More fields of the body", "")
          .withTypeOption("password", true)
          .showWhen(grant, "clientCredentials")
          .showWhen("authentication", "body")
          .showWhen("sendAdditionalBodyProperties", true),
      Property.bool("ignoreSSLIssues", "Accept any certificate", false),
      Property.number("tokenExpiredStatusCode", "Status of an expired token", 401)
    };
  }

  private static Property text(String name, String displayName) {
    return Property.string(name, displayName, "");
  }

  private static Property secret(String name, String displayName) {
    return text(name, displayName).withTypeOption("password", true);
  }

  private static Property.Option[] choices(String... values) {
    return Stream.of(values)
        .map(value -> Property.option(value, value))
        .toArray(Property.Option[]::new);
  }

  private static Map<String, String> basic(
      Map<String, @Nullable Object> fields, String user, String password) {
    byte[] both =
        (text(fields, user) + ":" + text(fields, password)).getBytes(StandardCharsets.UTF_8);
    return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
  }

  private static String text(Map<String, @Nullable Object> fields, String name) {
    Object value = fields.get(name);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }
}
