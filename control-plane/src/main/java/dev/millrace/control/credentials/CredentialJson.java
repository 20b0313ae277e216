package dev.millrace.control.credentials;

import dev.millrace.control.credentials.CredentialRepository.Position;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Schema;
import dev.millrace.node.Property;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Credentials and their types as the API shows them. */
final class CredentialJson {
  private CredentialJson() {}

  /** The fields of a credential without its data. */
  static Schema.Fields fields() {
    return Schema.object()
        .must("id", Schema.text())
        .must("name", Schema.text())
        .must("type", Schema.text())
        .must("projectId", Schema.text())
        .must("sharedWith", Schema.listOf(Schema.text()))
        .must("allowedHosts", Schema.listOf(Schema.text()).orNull())
        .must("millrace", Schema.free())
        .must("createdAt", Schema.time())
        .must("updatedAt", Schema.time())
        .must("version", Schema.count());
  }

  /** The fields of a type in a list. */
  static Schema.Fields summary() {
    return Schema.object()
        .must("name", Schema.text())
        .must("displayName", Schema.text())
        .must("known", Schema.flag())
        .must("testable", Schema.flag())
        .must("oAuth2", Schema.flag());
  }

  /**
   * What may be seen by who has the grant: whom else a credential is shared with is its owner's.
   */
  static Map<String, @Nullable Object> of(Grant grant, Credential credential) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", credential.id());
    json.put("name", credential.name());
    json.put("type", credential.type());
    json.put("projectId", credential.projectId());
    boolean own = grant.covers(credential.projectId());
    json.put(
        "sharedWith",
        credential.sharedWith().stream().filter(each -> own || grant.covers(each)).toList());
    json.put("allowedHosts", credential.allowedHosts().patterns().orElse(null));
    json.put("millrace", credential.limits());
    json.put("createdAt", credential.createdAt().toString());
    json.put("updatedAt", credential.updatedAt().toString());
    json.put("version", (double) credential.version());
    return json;
  }

  static Map<String, @Nullable Object> of(Grant grant, CredentialService.Shown shown) {
    Map<String, @Nullable Object> json = of(grant, shown.credential());
    json.put("data", shown.fields());
    return json;
  }

  static Map<String, @Nullable Object> summary(CredentialType type) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", type.name());
    json.put("displayName", type.displayName());
    json.put("known", type.known());
    json.put("testable", type.test().isPresent());
    json.put("oAuth2", type.oAuth2());
    return json;
  }

  static Map<String, @Nullable Object> schema(CredentialType type) {
    Map<String, @Nullable Object> json = summary(type);
    json.put("properties", type.fields().stream().map(CredentialJson::field).toList());
    json.put("unchanged", CredentialFields.BLANK);
    return json;
  }

  private static Map<String, @Nullable Object> field(Property field) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", field.name());
    json.put("displayName", field.displayName());
    json.put("type", field.type());
    json.put("default", field.defaultValue());
    json.put("required", field.required());
    json.put("secret", CredentialType.isSecret(field));
    List<Map<String, @Nullable Object>> options =
        field.options().stream().map(CredentialJson::option).toList();
    if (!options.isEmpty()) {
      json.put("options", options);
    }
    if (!field.displayOptions().isEmpty()) {
      json.put("displayOptions", field.displayOptions());
    }
    return json;
  }

  private static Map<String, @Nullable Object> option(Property.Option option) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", option.name());
    json.put("value", option.value());
    return json;
  }

  static String cursor(Credential last) {
    String text = last.createdAt() + " " + last.id();
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT}
   */
  static Position position(String cursor) {
    try {
      String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
      int space = text.indexOf(' ');
      if (space > 0) {
        return new Position(Instant.parse(text.substring(0, space)), text.substring(space + 1));
      }
    } catch (IllegalArgumentException | DateTimeException neither) {
      // Told below.
    }
    throw CredentialDraft.invalid("cursor is not one that a list gave");
  }
}
