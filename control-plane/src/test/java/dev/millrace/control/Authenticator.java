package dev.millrace.control;

import java.net.URI;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.codec.binary.Base32;

/** What people have on their phones, written apart from what checks its codes. */
final class Authenticator {
  private static final Pattern SECRET = Pattern.compile("secret=([A-Z2-7]+)");

  private final byte[] key;

  /**
   * @param uri as its QR code has it
   */
  Authenticator(String uri) {
    Matcher secret = SECRET.matcher(URI.create(uri).getQuery());
    if (!secret.find()) {
      throw new IllegalArgumentException("no secret");
    }
    key = new Base32().decode(secret.group(1));
  }

  String code(Instant now) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
      ByteBuffer hash =
          ByteBuffer.wrap(
              mac.doFinal(ByteBuffer.allocate(8).putLong(now.getEpochSecond() / 30).array()));
      int number = hash.getInt(hash.get(19) & 15) & Integer.MAX_VALUE;
      return String.format(Locale.ROOT, "%06d", number % 1_000_000);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
