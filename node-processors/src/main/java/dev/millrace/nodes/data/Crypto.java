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
import dev.millrace.nodes.PemKeys;
import dev.millrace.value.PropertyPath;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Hashes, keyed hashes, signatures, random texts, encryption. Secrets are parameters in version 1
 * and come from a {@code crypto} credential afterwards.
 */
public final class Crypto implements TransformNode {
  private static final String CREDENTIAL = "crypto";
  private static final int MAX_RANDOM_LENGTH = 1 << 20;
  private static final char FIRST_PRINTABLE = '!';
  private static final char LAST_PRINTABLE = '~';

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.crypto")
          .named("Crypto", "Hashes, signs, encrypts, and makes random texts.")
          .versions(1, 2)
          .credentials(CREDENTIAL)
          .properties(properties())
          .build();

  private final NodeCredentials credentials;
  private final SecureRandom random = new SecureRandom();

  public Crypto(NodeServices services) {
    this.credentials = services.credentials();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    TextCipher.Keys keys = new TextCipher.Keys(random);
    return EachItem.run(
        call,
        (item, i) -> {
          String action = call.string("action", i, "hash");
          String answer =
              switch (action) {
                case "hash" -> encoded(call, i, digest(call, i, input(call, item, i)));
                case "hmac" -> encoded(call, i, hmac(call, i, input(call, item, i)));
                case "sign" -> encoded(call, i, sign(call, i));
                case "generate" -> generate(call, i);
                case "encrypt", "decrypt" -> cipher(call, i, action.equals("encrypt"), keys);
                default -> throw new NodeException("There is no action '" + action + "'");
              };
          Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
          PropertyPath.set(json, call.string("dataPropertyName", i, "data"), answer);
          return List.of(item.withJson(json));
        });
  }

  private static byte[] input(NodeCall call, Item item, int i) {
    return call.bool("binaryData", i, false)
        ? InlineFile.content(item, call.string("binaryPropertyName", i, "data"))
        : bytes(call, i);
  }

  private static byte[] bytes(NodeCall call, int i) {
    return call.string("value", i, "").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] digest(NodeCall call, int i, byte[] input) {
    String type = call.string("type", i, "SHA256");
    try {
      return MessageDigest.getInstance(hashName(type)).digest(input);
    } catch (GeneralSecurityException unknown) {
      throw new NodeException("There is no hash '" + type + "'");
    }
  }

  /** {@code SHA256} in the parameter, {@code SHA-256} in the JDK. */
  private static String hashName(String type) {
    return type.matches("SHA\\d+") ? "SHA-" + type.substring(3) : type;
  }

  private byte[] hmac(NodeCall call, int i, byte[] input) {
    String type = call.string("type", i, "SHA256");
    byte[] secret =
        secret(call, i, "secret", "hmacSecret", "Hmac Secret").getBytes(StandardCharsets.UTF_8);
    try {
      Mac mac = Mac.getInstance("Hmac" + type);
      // The JDK refuses an empty key; one of zeros is the same key, by the definition of HMAC.
      mac.init(new SecretKeySpec(secret.length == 0 ? new byte[1] : secret, mac.getAlgorithm()));
      return mac.doFinal(input);
    } catch (GeneralSecurityException unknown) {
      throw new NodeException("There is no keyed hash '" + type + "'");
    }
  }

  private byte[] sign(NodeCall call, int i) {
    String algorithm = call.string("algorithm", i, "");
    String pem = secret(call, i, "privateKey", "signPrivateKey", "Private Key");
    SignatureDigest digest = SignatureDigest.of(algorithm);
    try {
      return digest.sign(PemKeys.privateKey(pem), bytes(call, i));
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      // The cause may quote the key.
      throw new NodeException(
          "The text cannot be signed: the private key is no PEM key that "
              + algorithm
              + " can use");
    }
  }

  private String generate(NodeCall call, int i) {
    String type = call.string("encodingType", i, "uuid");
    if (type.equals("uuid")) {
      return uuid().toString();
    }
    double wanted = call.number("stringLength", i, 32);
    if (!(wanted >= 0 && wanted <= MAX_RANDOM_LENGTH)) {
      throw new NodeException("The length must be from 0 to " + MAX_RANDOM_LENGTH);
    }
    int length = (int) wanted;
    return switch (type) {
      case "hex" -> HexFormat.of().formatHex(randomBytes((length + 1) / 2)).substring(0, length);
      case "base64" -> alphanumeric(length);
      case "ascii" ->
          random
              .ints(length, FIRST_PRINTABLE, LAST_PRINTABLE + 1)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
      default -> throw new NodeException("There is no type '" + type + "' of random text");
    };
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Base64 without its two signs, so that the text can stand in a URL. */
  private String alphanumeric(int length) {
    StringBuilder text = new StringBuilder(length);
    while (text.length() < length) {
      String more = Base64.getEncoder().encodeToString(randomBytes(length));
      more.chars().filter(Character::isLetterOrDigit).forEach(c -> text.append((char) c));
    }
    return text.substring(0, length);
  }

  private UUID uuid() {
    byte[] bytes = randomBytes(16);
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(bytes);
    bytes[6] = (byte) ((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (byte) ((bytes[8] & 0x3F) | 0x80);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  private String cipher(NodeCall call, int i, boolean encrypt, TextCipher.Keys keys) {
    String value = call.string("value", i, "");
    if (call.string("mode", i, "symmetric").equals("asymmetric")) {
      return encrypt
          ? TextCipher.encryptFor(
              credential(call, "encryptionPublicKey", "Encryption Public Key"), value)
          : TextCipher.decryptWith(
              credential(call, "encryptionPrivateKey", "Encryption Private Key"), value);
    }
    String passphrase = credential(call, "encryptionPassphrase", "Encryption Passphrase");
    TextCipher cipher = TextCipher.of(call.string("cipher", i, "aes-256-gcm"), passphrase, keys);
    return encrypt ? cipher.encrypt(value) : cipher.decrypt(value);
  }

  private String secret(NodeCall call, int i, String parameter, String field, String label) {
    return call.node().typeVersion() < 2
        ? call.string(parameter, i, "")
        : credential(call, field, label);
  }

  private String credential(NodeCall call, String field, String label) {
    Map<String, @Nullable Object> found =
        credentials
            .of(call.execution().workflow())
            .find(call.node(), CREDENTIAL)
            .orElseThrow(() ->
                new NodeException(
                    "The node's credential of type " + CREDENTIAL + " is not set up."));
    if (found.get(field) instanceof String value && !value.isEmpty()) {
      return value;
    }
    throw new NodeException("The credential's field '" + label + "' is empty; fill it in");
  }

  private static String encoded(NodeCall call, int i, byte[] bytes) {
    return call.string("encoding", i, "hex").equals("base64")
        ? Base64.getEncoder().encodeToString(bytes)
        : HexFormat.of().formatHex(bytes);
  }

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
            "action",
            "Action",
            "hash",
            Property.option("Decrypt", "decrypt"),
            Property.option("Encrypt", "encrypt"),
            Property.option("Generate", "generate"),
            Property.option("Hash", "hash"),
            Property.option("Hmac", "hmac"),
            Property.option("Sign", "sign")));
    all.add(
        Property.bool("binaryData", "Binary File", false)
            .asRequired()
            .showWhen("action", "hash", "hmac"));
    all.add(
        Property.string("binaryPropertyName", "Binary Property Name", "data")
            .asRequired()
            .showWhen("action", "hash", "hmac")
            .showWhen("binaryData", true));
    for (String action : List.of("hash", "hmac")) {
      all.add(named("type", "Type", "SHA256", hashTypes()).asRequired().showWhen("action", action));
      all.add(
          Property.string("value", "Value", "")
              .asRequired()
              .showWhen("action", action)
              .showWhen("binaryData", false));
      all.add(target(action));
      if (action.equals("hmac")) {
        all.add(
            Property.string("secret", "Secret", "")
                .asRequired()
                .withTypeOption("password", true)
                .showWhen("@version", 1)
                .showWhen("action", action));
      }
      all.add(encoding(action));
    }
    all.add(Property.string("value", "Value", "").asRequired().showWhen("action", "sign"));
    all.add(target("sign"));
    all.add(
        named("algorithm", "Algorithm Name or ID", "", SignatureDigest.names())
            .asRequired()
            .showWhen("action", "sign"));
    all.add(encoding("sign"));
    all.add(
        Property.string("privateKey", "Private Key", "")
            .asRequired()
            .withTypeOption("password", true)
            .showWhen("@version", 1)
            .showWhen("action", "sign"));
    all.add(target("generate"));
    all.add(
        Property.options(
                "encodingType",
                "Type",
                "uuid",
                Property.option("ASCII", "ascii"),
                Property.option("BASE64", "base64"),
                Property.option("HEX", "hex"),
                Property.option("UUID", "uuid"))
            .asRequired()
            .showWhen("action", "generate"));
    all.add(
        Property.number("stringLength", "Length", 32)
            .showWhen("action", "generate")
            .showWhen("encodingType", "ascii", "base64", "hex"));
    all.add(
        Property.options(
                "mode",
                "Mode",
                "symmetric",
                Property.option("Symmetric (Passphrase)", "symmetric"),
                Property.option("Asymmetric (RSA)", "asymmetric"))
            .asRequired()
            .showWhen("action", "encrypt", "decrypt"));
    all.add(
        Property.options(
                "cipher",
                "Cipher",
                "aes-256-gcm",
                Property.option("AES-256-GCM", "aes-256-gcm"),
                Property.option("AES-192-GCM", "aes-192-gcm"),
                Property.option("AES-128-GCM", "aes-128-gcm"),
                Property.option("ChaCha20-Poly1305", "chacha20-poly1305"))
            .asRequired()
            .showWhen("action", "encrypt", "decrypt")
            .showWhen("mode", "symmetric"));
    all.add(
        Property.string("value", "Value", "")
            .asRequired()
            .showWhen("action", "encrypt", "decrypt"));
    all.add(target("encrypt", "decrypt"));
    return List.copyOf(all);
  }

  private static List<String> hashTypes() {
    return List.of("MD5", "SHA1", "SHA256", "SHA3-256", "SHA3-384", "SHA3-512", "SHA384", "SHA512");
  }

  private static Property named(String name, String label, String chosen, List<String> values) {
    return Property.options(
        name,
        label,
        chosen,
        values.stream().map(v -> Property.option(v, v)).toArray(Property.Option[]::new));
  }

  private static Property target(String... actions) {
    return Property.string("dataPropertyName", "Property Name", "data")
        .asRequired()
        .showWhen("action", Arrays.copyOf(actions, actions.length, Object[].class));
  }

  private static Property encoding(String action) {
    return Property.options(
            "encoding",
            "Encoding",
            "hex",
            Property.option("BASE64", "base64"),
            Property.option("HEX", "hex"))
        .asRequired()
        .showWhen("action", action);
  }
}
