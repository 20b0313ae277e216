package dev.millrace.control.vault;

import dev.millrace.error.MillraceException;
import java.util.Optional;

/** A store of secrets outside of Millrace. Thread-safe; blocks. */
@FunctionalInterface
public interface SecretSource {
  /**
   * A secret's value; empty when there is none of that name.
   *
   * @param name parts joined by dots, as they follow the store's name in {@code
   *     $secrets.STORE.NAME}
   * @throws MillraceException {@code SECRET_UNRESOLVED} when the store cannot be asked
   */
  Optional<Secret> read(String name);
}
