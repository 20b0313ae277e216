package dev.millrace.control.credentials;

import dev.millrace.control.vault.Secrets;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What of a credential's fields is shown, and how what was shown comes back. */
final class CredentialFields {
  /** Stands for a secret that is there and not shown; sent back, it keeps the secret. */
  static final String BLANK = "__MILLRACE_UNCHANGED__";

  private CredentialFields() {}

  /**
   * The fields as they may be shown: a secret is the blank, unless it is empty or nothing but the
   * name of a secret kept elsewhere.
   */
  static Map<String, @Nullable Object> shown(
      CredentialType type, Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    fields.forEach((name, value) -> shown.put(name, shown(type, name, value)));
    return shown;
  }

  private static @Nullable Object shown(CredentialType type, String name, @Nullable Object value) {
    boolean plain =
        value == null
            || value.equals("")
            || !type.secret(name)
            || (value instanceof String text && Secrets.isReference(text));
    return plain ? value : BLANK;
  }

  /**
   * The fields after a change: those sent, with the old value for each blank. The tokens of a
   * sign-in stay unless others are sent, because no form shows them.
   *
   * @throws MillraceException {@code INVALID_INPUT} when a blank stands for nothing
   */
  static Map<String, @Nullable Object> changed(
      Map<String, @Nullable Object> old, Map<String, @Nullable Object> sent) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>();
    sent.forEach((name, value) -> {
      if (!BLANK.equals(value)) {
        changed.put(name, value);
      } else if (old.containsKey(name)) {
        changed.put(name, old.get(name));
      } else {
        throw new MillraceException(
            ErrorCode.INVALID_INPUT, "The field " + name + " has no value that could be kept");
      }
    });
    if (!sent.containsKey(CredentialType.TOKEN_DATA)
        && old.containsKey(CredentialType.TOKEN_DATA)) {
      changed.put(CredentialType.TOKEN_DATA, old.get(CredentialType.TOKEN_DATA));
    }
    return changed;
  }
}
