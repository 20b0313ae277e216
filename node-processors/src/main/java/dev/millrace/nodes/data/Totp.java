package dev.millrace.nodes.data;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The time-based one-time password of the moment (RFC 6238). */
public final class Totp implements TransformNode {
  private static final String CREDENTIAL = "totpApi";
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int MAX_DIGITS = 10;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.totp")
          .named("TOTP", "Makes a time-based one-time password.")
          .credentials(CREDENTIAL)
          .properties(
              Property.options(
                      "operation",
                      "Operation",
                      "generateSecret",
                      Property.option("Generate Secret", "generateSecret"))
                  .withExtra("noExpression", true),
              Property.collection(
                      "options",
                      "Options",
                      Property.options(
                          "algorithm",
                          "Algorithm",
                          "SHA1",
                          Property.option("SHA1", "SHA1"),
                          Property.option("SHA224", "SHA224"),
                          Property.option("SHA256", "SHA256"),
                          Property.option("SHA3-224", "SHA3-224"),
                          Property.option("SHA3-256", "SHA3-256"),
                          Property.option("SHA3-384", "SHA3-384"),
                          Property.option("SHA3-512", "SHA3-512"),
                          Property.option("SHA384", "SHA384"),
                          Property.option("SHA512", "SHA512")),
                      Property.number("digits", "Digits", 6),
                      Property.number("period", "Period", 30))
                  .showWhen("operation", "generateSecret"))
          .build();

  private final NodeCredentials credentials;

  public Totp(NodeServices services) {
    this.credentials = services.credentials();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return EachItem.run(
        call,
        (item, i) -> {
          byte[] secret = secret(call);
          double digits = call.number("options.digits", i, 6);
          double period = call.number("options.period", i, 30);
          if (!(digits >= 1 && digits <= MAX_DIGITS)) {
            throw new NodeException("A password has 1 to " + MAX_DIGITS + " digits");
          }
          if (!(period >= 1 && period <= Integer.MAX_VALUE)) {
            throw new NodeException("The period must be at least one second");
          }
          double seconds = call.now().toInstant().toEpochMilli() / 1000.0;
          long step = (long) Math.floor(seconds / period);
          Map<String, @Nullable Object> json = new LinkedHashMap<>();
          json.put(
              "token",
              token(secret, call.string("options.algorithm", i, "SHA1"), step, (int) digits));
          json.put("secondsRemaining", Math.floor(period - (seconds - step * period)));
          return List.of(Item.of(json));
        });
  }

  private byte[] secret(NodeCall call) {
    Map<String, @Nullable Object> credential =
        credentials
            .of(call.execution().workflow())
            .find(call.node(), CREDENTIAL)
            .orElseThrow(() ->
                new NodeException(
                    "The node's credential of type " + CREDENTIAL + " is not set up."));
    if (credential.get("label") instanceof String label
        && !label.isEmpty()
        && !label.contains(":")) {
      throw new NodeException(
          "The credential's label must have the form issuer:username, such as GitHub:john-doe");
    }
    return base32(credential.get("secret") instanceof String secret ? secret : "");
  }

  private static byte[] base32(String text) {
    String letters =
        text.toUpperCase(Locale.ROOT).replace(" ", "").replace("-", "").replaceFirst("=+$", "");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int held = 0;
    int bits = 0;
    for (int i = 0; i < letters.length(); i++) {
      int value = BASE32.indexOf(letters.charAt(i));
      if (value < 0) {
        throw new NodeException("The credential's secret is not Base32: A to Z and 2 to 7 only");
      }
      held = ((held << 5) | value) & 0xFFFF;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes.write(held >> bits);
      }
    }
    if (bytes.size() == 0) {
      throw new NodeException("The credential has no secret");
    }
    return bytes.toByteArray();
  }

  private static String token(byte[] secret, String algorithm, long step, int digits) {
    try {
      Mac mac = Mac.getInstance("Hmac" + algorithm);
      mac.init(new SecretKeySpec(secret, mac.getAlgorithm()));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
      int offset = hash[hash.length - 1] & 0x0F;
      long number = ByteBuffer.wrap(hash).getInt(offset) & 0x7FFF_FFFFL;
      long bound = 1;
      for (int i = 0; i < digits; i++) {
        bound *= 10;
      }
      String text = Long.toString(number % bound);
      return "0".repeat(digits - text.length()) + text;
    } catch (GeneralSecurityException unknown) {
      throw new NodeException("There is no algorithm '" + algorithm + "'");
    }
  }
}
