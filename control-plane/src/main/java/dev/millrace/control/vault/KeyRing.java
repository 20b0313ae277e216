package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys from several places: those of the first wrap, all unwrap. For moving from one place to
 * another, such as from a file to a key server.
 */
public final class KeyRing implements KeyEncryption {
  private final KeyEncryption first;
  private final List<KeyEncryption> all;

  public KeyRing(KeyEncryption first, List<? extends KeyEncryption> others) {
    this.first = first;
    this.all = new ArrayList<>();
    all.add(first);
    all.addAll(others);
  }

  @Override
  public Wrapped wrap(Secret dataKey, byte[] context) {
    return first.wrap(dataKey, context);
  }

  @Override
  public Secret unwrap(Wrapped wrapped, byte[] context) {
    return all.stream()
        .filter(keys -> keys.knows(wrapped.keyId()))
        .findFirst()
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.CREDENTIAL_UNREADABLE,
                "The encryption key " + wrapped.keyId() + " is not known here"))
        .unwrap(wrapped, context);
  }

  @Override
  public String newestKeyId() {
    return first.newestKeyId();
  }

  @Override
  public boolean knows(String keyId) {
    return all.stream().anyMatch(keys -> keys.knows(keyId));
  }
}
