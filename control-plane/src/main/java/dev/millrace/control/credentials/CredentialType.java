package dev.millrace.control.credentials;

import dev.millrace.node.Property;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A kind of credential: its fields, which of them are secret, and how it is tried out.
 *
 * @param name such as {@code httpBasicAuth}
 * @param fields empty where the type is not known here; then every field is secret
 * @param test the request that shows whether it works
 */
record CredentialType(
    String name, String displayName, List<Property> fields, Optional<TestRequest> test) {
  /** What services answer to an OAuth sign-in. */
  static final String TOKEN_DATA = "oauthTokenData";

  /**
   * A request that a service answers with success when the credential is right.
   *
   * @param base the field with the service's URL
   * @param path appended to it
   * @param headers the secret headers, from the fields
   */
  record TestRequest(String base, String path, Headers headers) {}

  /** Signs a request. */
  @FunctionalInterface
  interface Headers {
    Map<String, String> of(Map<String, @Nullable Object> fields);
  }

  CredentialType {
    fields = List.copyOf(fields);
  }

  /** A type that is not known here. */
  static CredentialType opaque(String name) {
    return new CredentialType(name, name, List.of(), Optional.empty());
  }

  boolean known() {
    return !fields.isEmpty();
  }

  /** Whether a field must not be shown; so are all that the type does not name. */
  boolean secret(String field) {
    return fields.stream()
        .filter(known -> known.name().equals(field))
        .findFirst()
        .map(CredentialType::isSecret)
        .orElse(true);
  }

  /** Whether credentials of the type are connected by signing in at the service. */
  boolean oAuth2() {
    return isOAuth2(name);
  }

  static boolean isOAuth2(String name) {
    return name.equals("oAuth2Api") || name.endsWith("OAuth2Api");
  }

  static boolean isSecret(Property field) {
    return Objects.equals(field.typeOptions().get("password"), true);
  }

  CredentialType withTest(TestRequest request) {
    return new CredentialType(name, displayName, fields, Optional.of(request));
  }
}
