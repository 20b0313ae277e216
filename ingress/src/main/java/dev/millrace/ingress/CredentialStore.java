package dev.millrace.ingress;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The secrets that webhooks check their callers against. Thread-safe; asked for every request. */
public interface CredentialStore {
  /**
   * A credential as a node names it.
   *
   * @param type such as {@code httpBasicAuth}
   * @param id may be empty
   * @param name used where no credential has the id; may be empty
   */
  record Key(String type, String id, String name) {}

  /** A credential's fields as n8n names them, empty when there is none. They must not be logged. */
  Optional<Map<String, @Nullable Object>> find(Key key);

  /** A store without credentials: every webhook that needs one refuses its callers. */
  static CredentialStore none() {
    return key -> Optional.empty();
  }
}
