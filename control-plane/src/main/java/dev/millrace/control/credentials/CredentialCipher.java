package dev.millrace.control.credentials;

import dev.millrace.control.vault.Envelope;
import dev.millrace.control.vault.Envelope.Sealed;
import dev.millrace.control.vault.Envelope.Subject;
import dev.millrace.control.vault.Secret;
import dev.millrace.value.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Encrypts the fields of credentials, bound to the credential's id and type. Thread-safe. */
final class CredentialCipher {
  private static final String KIND = "credential";

  private final Envelope envelope;

  CredentialCipher(Envelope envelope) {
    this.envelope = envelope;
  }

  static Subject subject(String id, String type) {
    return new Subject(KIND, id, type);
  }

  Sealed seal(String id, String type, Map<String, @Nullable Object> fields) {
    try (Secret plain = Secret.taking(Json.write(fields))) {
      return envelope.seal(subject(id, type), plain);
    }
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code CREDENTIAL_UNREADABLE} when the row was
   *     changed or its key is not known, {@code ENCRYPTION_KEY_UNUSABLE}
   */
  Map<String, @Nullable Object> open(StoredCredential stored) {
    Subject subject = subject(stored.credential().id(), stored.credential().type());
    try (Secret plain = envelope.open(subject, stored.sealed())) {
      return plain.use(Json::parseObject);
    }
  }
}
