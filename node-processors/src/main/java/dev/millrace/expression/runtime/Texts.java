package dev.millrace.expression.runtime;

import dev.millrace.expression.ExpressionException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/** The text functions of expressions that Java has and JavaScript has not. */
final class Texts {
  private static final Map<String, String> ALGORITHMS =
      Map.of(
          "md5",
          "MD5",
          "sha1",
          "SHA-1",
          "sha224",
          "SHA-224",
          "sha256",
          "SHA-256",
          "sha384",
          "SHA-384",
          "sha512",
          "SHA-512",
          "sha3",
          "SHA3-512");

  /** Letters that do not decompose into an ASCII letter and a mark. */
  private static final Map<Integer, String> TRANSLITERATIONS =
      Map.ofEntries(
          Map.entry((int) 'ß', "ss"),
          Map.entry((int) 'ẞ', "SS"),
          Map.entry((int) 'æ', "ae"),
          Map.entry((int) 'Æ', "AE"),
          Map.entry((int) 'œ', "oe"),
          Map.entry((int) 'Œ', "OE"),
          Map.entry((int) 'ø', "o"),
          Map.entry((int) 'Ø', "O"),
          Map.entry((int) 'đ', "d"),
          Map.entry((int) 'Đ', "D"),
          Map.entry((int) 'ð', "d"),
          Map.entry((int) 'Ð', "D"),
          Map.entry((int) 'þ', "th"),
          Map.entry((int) 'Þ', "Th"),
          Map.entry((int) 'ł', "l"),
          Map.entry((int) 'Ł', "L"),
          Map.entry((int) 'ı', "i"),
          Map.entry((int) '‘', "'"),
          Map.entry((int) '’', "'"),
          Map.entry((int) '“', "\""),
          Map.entry((int) '”', "\""),
          Map.entry((int) '–', "-"),
          Map.entry((int) '—', "-"),
          Map.entry((int) '…', "..."),
          Map.entry((int) '€', "EUR"),
          Map.entry((int) '\u00a0', " "));

  private Texts() {}

  static String hash(String algorithm, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (algorithm.equals("base64")) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    String javaName = ALGORITHMS.get(algorithm);
    if (javaName == null) {
      throw ExpressionException.failed(
          "Unknown algorithm "
              + algorithm
              + ". Available algorithms are: "
              + "md5, sha1, sha224, sha256, sha384, sha512, sha3, base64",
          "extension");
    }
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(javaName).digest(bytes));
    } catch (NoSuchAlgorithmException notInThisJava) {
      throw new IllegalStateException(notInThisJava);
    }
  }

  static String base64Encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Skips what is not Base64, in either alphabet. */
  static String base64Decode(String base64) {
    StringBuilder kept = new StringBuilder(base64.length());
    for (int i = 0; i < base64.length(); i++) {
      char c = base64.charAt(i);
      if (c == '-') {
        kept.append('+');
      } else if (c == '_') {
        kept.append('/');
      } else if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '+'
          || c == '/') {
        kept.append(c);
      }
    }
    if (kept.length() % 4 == 1) {
      kept.setLength(kept.length() - 1);
    }
    return new String(Base64.getDecoder().decode(kept.toString()), StandardCharsets.UTF_8);
  }

  /** The nearest ASCII text; {@code ?} for what has none. */
  static String ascii(String text) {
    StringBuilder result = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (c < 128) {
            result.appendCodePoint(c);
            return;
          }
          String known = TRANSLITERATIONS.get(c);
          if (known != null) {
            result.append(known);
            return;
          }
          String base =
              Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKD)
                  .replaceAll("\\p{M}", "");
          boolean isAscii = !base.isEmpty() && base.chars().allMatch(b -> b < 128);
          result.append(isAscii ? base : base.isEmpty() ? "" : "?");
        });
    return result.toString();
  }
}
