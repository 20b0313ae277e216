package dev.millrace.control.users;

import dev.millrace.control.vault.Secret;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.codec.binary.Base32;

/**
 * Codes that an authenticator shows (RFC 6238), in the form that all of them know: HMAC-SHA-1, six
 * digits, a new one every 30 seconds.
 */
final class Totp {
  /** What RFC 4226 recommends for SHA-1. */
  static final int SECRET_BYTES = 20;

  static final int DIGITS = 6;
  static final Duration STEP = Duration.ofSeconds(30);

  /** Clocks differ, and people are slow: the code before and the one after are taken too. */
  private static final int TOLERANCE = 1;

  private Totp() {}

  /** Which step a moment is in. */
  static long step(Instant moment) {
    return Math.floorDiv(moment.getEpochSecond(), STEP.toSeconds());
  }

  /**
   * Looks which step a code is of.
   *
   * @param after steps up to this one have been used
   * @return empty when it is of none that counts
   */
  static OptionalLong stepOf(Secret secret, String code, Instant now, long after) {
    byte[] given = code.replace(" ", "").getBytes(StandardCharsets.UTF_8);
    long middle = step(now);
    for (long step = middle - TOLERANCE; step <= middle + TOLERANCE; step++) {
      byte[] right = code(secret, step, DIGITS).getBytes(StandardCharsets.UTF_8);
      if (step > after && MessageDigest.isEqual(given, right)) {
        return OptionalLong.of(step);
      }
    }
    return OptionalLong.empty();
  }

  /** The code of a step. */
  static String code(Secret secret, long step, int digits) {
    byte[] hash =
        secret.use(key -> {
          try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "HmacSHA1"));
            return mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
          } catch (GeneralSecurityException everyJreHasIt) {
            throw new IllegalStateException(everyJreHasIt);
          }
        });
    int offset = hash[hash.length - 1] & 0x0F;
    int number = ByteBuffer.wrap(hash).getInt(offset) & 0x7FFF_FFFF;
    int bound = 1;
    for (int i = 0; i < digits; i++) {
      bound *= 10;
    }
    String text = Integer.toString(number % bound);
    return "0".repeat(digits - text.length()) + text;
  }

  /** A secret as people type it. */
  static String text(Secret secret) {
    return secret.use(bytes -> new Base32().encodeToString(bytes));
  }

  /** What an authenticator reads from a QR code. */
  static String uri(Secret secret, String email) {
    return "otpauth://totp/"
        + encoded("Millrace:" + email)
        + "?secret="
        + text(secret)
        + "&issuer=Millrace&algorithm=SHA1&digits="
        + DIGITS
        + "&period="
        + STEP.toSeconds();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
