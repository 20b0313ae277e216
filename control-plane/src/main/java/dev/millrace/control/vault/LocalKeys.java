package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Key encryption keys that this process holds, of 256 bits. */
public final class LocalKeys implements KeyEncryption {
  static final String PREFIX = "local:";

  private final Map<String, Secret> keys = new LinkedHashMap<>();
  private final String newest;

  /**
   * @param newestFirst the first wraps
   * @throws MillraceException {@code ENCRYPTION_KEY_UNUSABLE} when there is none, or one is not of
   *     32 bytes
   */
  public LocalKeys(List<Secret> newestFirst) {
    for (Secret key : newestFirst) {
      if (key.length() != AesGcm.KEY_BYTES) {
        throw unusable("An encryption key has " + key.length() + " bytes in place of 32");
      }
      keys.putIfAbsent(id(key), key);
    }
    if (keys.isEmpty()) {
      throw unusable("There is no encryption key");
    }
    newest = keys.keySet().iterator().next();
  }

  /**
   * Reads keys from text: each 32 bytes in Base64 or hexadecimal, separated by commas or line ends,
   * the newest first; from {@code #} to the end of a line is a comment.
   *
   * @param place named in messages
   * @throws MillraceException {@code ENCRYPTION_KEY_UNUSABLE}; without the text
   */
  public static LocalKeys parse(String text, String place) {
    return new LocalKeys(decoded(text, place));
  }

  static List<Secret> decoded(String text, String place) {
    List<Secret> keys =
        Stream.of(text.replaceAll("#[^\\n]*", "").split("[,\\s]+"))
            .filter(key -> !key.isEmpty())
            .map(key -> key(key, place))
            .toList();
    if (keys.isEmpty()) {
      throw unusable("There is no encryption key in " + place);
    }
    return keys;
  }

  private static Secret key(String key, String place) {
    try {
      byte[] bytes =
          key.length() == 2 * AesGcm.KEY_BYTES
              ? HexFormat.of().parseHex(key)
              : Base64.getDecoder().decode(key);
      if (bytes.length == AesGcm.KEY_BYTES) {
        return Secret.taking(bytes);
      }
    } catch (IllegalArgumentException neither) {
      // Said below, without the text.
    }
    throw unusable(
        "What is in "
            + place
            + " is no encryption key: 32 bytes in Base64 or hexadecimal are, such as"
            + " 'openssl rand -base64 32' makes");
  }

  /** Tells keys apart without telling anything about them. */
  private static String id(Secret key) {
    byte[] digest =
        key.use(bytes -> {
          try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update("millrace key id".getBytes(StandardCharsets.US_ASCII));
            return sha.digest(bytes);
          } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
          }
        });
    return PREFIX + HexFormat.of().formatHex(digest, 0, 8);
  }

  @Override
  public Wrapped wrap(Secret dataKey, byte[] context) {
    Secret key = key(newest);
    return new Wrapped(newest, dataKey.use(bytes -> AesGcm.encrypt(key, bytes, context)));
  }

  @Override
  public Secret unwrap(Wrapped wrapped, byte[] context) {
    try {
      return Secret.taking(AesGcm.decrypt(key(wrapped.keyId()), wrapped.bytes(), context));
    } catch (GeneralSecurityException changed) {
      throw new MillraceException(
          ErrorCode.CREDENTIAL_UNREADABLE, "A stored key was changed, or belongs to another row");
    }
  }

  private Secret key(String id) {
    Secret key = keys.get(id);
    if (key == null) {
      throw new MillraceException(
          ErrorCode.CREDENTIAL_UNREADABLE, "The encryption key " + id + " is not known here");
    }
    return key;
  }

  @Override
  public String newestKeyId() {
    return newest;
  }

  @Override
  public boolean knows(String keyId) {
    return keys.containsKey(keyId);
  }

  static MillraceException unusable(String message) {
    return new MillraceException(ErrorCode.ENCRYPTION_KEY_UNUSABLE, message);
  }
}
