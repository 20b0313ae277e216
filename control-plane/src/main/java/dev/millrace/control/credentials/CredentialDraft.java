package dev.millrace.control.credentials;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.AllowedHosts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a user sends to make or change a credential; empty is what he does not mention.
 *
 * @param fields as n8n names them, without what is said by {@code allowedHosts}
 */
record CredentialDraft(
    Optional<String> name,
    Optional<String> type,
    Optional<String> projectId,
    Optional<Map<String, @Nullable Object>> fields,
    Optional<AllowedHosts> allowedHosts,
    Optional<Map<String, @Nullable Object>> limits) {
  private static final int MAX_NAME = 128;
  private static final int MAX_HOSTS = 100;
  private static final Pattern TYPE = Pattern.compile("[A-Za-z][A-Za-z0-9_.@/-]{0,127}");
  private static final Set<String> KNOWN =
      Set.of("name", "type", "projectId", "data", "allowedHosts", "millrace");

  /** A text keeps its secrets to itself. */
  @Override
  public String toString() {
    return "CredentialDraft[" + name.orElse("") + " " + type.orElse("") + "]";
  }

  /**
   * Reads a request's body.
   *
   * @throws MillraceException {@code INVALID_INPUT} naming the field; no value of {@code data} is
   *     quoted
   */
  static CredentialDraft read(Map<String, @Nullable Object> body) {
    for (String key : body.keySet()) {
      if (!KNOWN.contains(key)) {
        throw invalid("The field " + key + " cannot be set");
      }
    }
    Optional<Map<String, @Nullable Object>> data = object(body, "data");
    Optional<AllowedHosts> hosts =
        body.containsKey("allowedHosts") ? Optional.of(hosts(body)) : Optional.empty();
    if (hosts.isEmpty() && data.isPresent() && data.get().containsKey(AllowedHosts.KIND)) {
      hosts = Optional.of(AllowedHosts.of(data.get()));
    }
    return new CredentialDraft(
        text(body, "name").map(CredentialDraft::name),
        text(body, "type").map(CredentialDraft::type),
        text(body, "projectId"),
        data.map(CredentialDraft::withoutHosts),
        hosts,
        object(body, "millrace"));
  }

  private static Map<String, @Nullable Object> withoutHosts(Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> rest = new LinkedHashMap<>(fields);
    rest.remove(AllowedHosts.KIND);
    rest.remove(AllowedHosts.DOMAINS);
    return rest;
  }

  private static AllowedHosts hosts(Map<String, @Nullable Object> body) {
    Object value = body.get("allowedHosts");
    if (value == null) {
      return AllowedHosts.ALL;
    }
    if (!(value instanceof List<?> list)
        || list.size() > MAX_HOSTS
        || !list.stream().allMatch(String.class::isInstance)) {
      throw invalid(
          "allowedHosts is null for every host, or a list of up to "
              + MAX_HOSTS
              + " names such as api.example.com or *.example.com");
    }
    return AllowedHosts.only(list.stream().map(String.class::cast).toList());
  }

  private static String name(String name) {
    String trimmed = name.strip();
    if (trimmed.isEmpty() || trimmed.length() > MAX_NAME) {
      throw invalid("The name of a credential has 1 to " + MAX_NAME + " characters");
    }
    return trimmed;
  }

  private static String type(String type) {
    if (!TYPE.matcher(type).matches()) {
      throw invalid("'" + shortened(type) + "' is no name of a type of credentials");
    }
    return type;
  }

  private static Optional<String> text(Map<String, @Nullable Object> body, String field) {
    Object value = body.get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text) {
      return Optional.of(text);
    }
    throw invalid("The field " + field + " is not a text");
  }

  @SuppressWarnings("unchecked") // JSON objects have text as keys.
  private static Optional<Map<String, @Nullable Object>> object(
      Map<String, @Nullable Object> body, String field) {
    Object value = body.get(field);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Map<?, ?> map) {
      return Optional.of((Map<String, @Nullable Object>) map);
    }
    throw invalid("The field " + field + " is not an object");
  }

  private static String shortened(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }

  static MillraceException invalid(String message) {
    return new MillraceException(ErrorCode.INVALID_INPUT, message);
  }
}
