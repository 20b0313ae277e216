package dev.millrace.control.history;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What an execution is found by beside its columns, as texts of one kind, so that one index serves
 * for all of it. Pure functions.
 */
public final class ExecutionMarks {
  /** An index entry holds a third of a page, and a character up to four bytes. */
  private static final int LONGEST = 500;

  private static final int KEPT = 400;

  private ExecutionMarks() {}

  /** A run of the node is recorded. */
  public static String ran(String node) {
    return mark("ran:", node);
  }

  /** The node is what the execution failed at. */
  public static String failed(String node) {
    return mark("failed:", node);
  }

  /** It has custom data with a key. */
  public static String customKey(String key) {
    return mark("key:", key);
  }

  /** It has custom data with a key and value. */
  public static String customData(String key, String value) {
    // The length keeps ("a", "b=c") apart from ("a=b", "c").
    return mark("data:", key.length() + ":" + key + "=" + value);
  }

  private static String mark(String kind, String text) {
    String stored = StoredText.of(text);
    return kind
        + (stored.length() <= LONGEST
            ? stored
            : StoredText.of(stored.substring(0, KEPT)) + "#" + digest(stored));
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
  }
}
