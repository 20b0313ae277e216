package dev.millrace.nodes.flow;

import dev.millrace.node.NodeException;
import dev.millrace.value.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs JSON Web Tokens with a {@code jwtAuth} credential. By the JDK's own means, because
 * libraries refuse the short secrets that existing set-ups have.
 */
final class TokenSigner {
  private static final byte[] RSA = hex("06092A864886F70D0101010500");
  private static final byte[] EC = hex("06072A8648CE3D0201");

  private final String algorithm;
  private final Map<String, @Nullable Object> credential;

  TokenSigner(Map<String, @Nullable Object> credential) {
    this.credential = credential;
    this.algorithm = text("algorithm", "HS256");
  }

  /**
   * A token of claims, with the time of issue added unless they have one.
   *
   * @throws NodeException when the credential cannot sign; its message holds no secret
   */
  String sign(Map<?, ?> claims, Instant now) {
    Map<String, @Nullable Object> header = new LinkedHashMap<>();
    header.put("alg", algorithm);
    header.put("typ", "JWT");
    Map<String, @Nullable Object> payload = new LinkedHashMap<>();
    claims.forEach((name, value) -> payload.put(String.valueOf(name), value));
    payload.putIfAbsent("iat", (double) now.getEpochSecond());
    String signed = base64(Json.write(header)) + "." + base64(Json.write(payload));
    try {
      return signed + "." + base64(signature(signed.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      // The cause may quote the key.
      throw new NodeException(
          "The token cannot be signed: the credential's private key is none for " + algorithm);
    }
  }

  private byte[] signature(byte[] input) throws GeneralSecurityException {
    boolean pem = text("keyType", "passphrase").equals("pemKey");
    String hash = algorithm.length() == 5 ? algorithm.substring(2) : "";
    if (!hash.equals("256") && !hash.equals("384") && !hash.equals("512")) {
      throw new NodeException("The algorithm " + algorithm + " signs nothing; choose another one");
    }
    return switch (algorithm.substring(0, 2)) {
      case "HS" -> {
        if (pem) {
          throw mismatch("a passphrase");
        }
        Mac mac = Mac.getInstance("HmacSHA" + hash);
        mac.init(
            new SecretKeySpec(
                required("secret").getBytes(StandardCharsets.UTF_8), mac.getAlgorithm()));
        yield mac.doFinal(input);
      }
      case "RS" -> signature(pem, Signature.getInstance("SHA" + hash + "withRSA"), "RSA", input);
      case "PS" -> {
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(
            new PSSParameterSpec(
                "SHA-" + hash,
                "MGF1",
                new MGF1ParameterSpec("SHA-" + hash),
                Integer.parseInt(hash) / 8,
                PSSParameterSpec.TRAILER_FIELD_BC));
        yield signature(pem, signature, "RSA", input);
      }
      case "ES" ->
          signature(
              pem, Signature.getInstance("SHA" + hash + "withECDSAinP1363Format"), "EC", input);
      default ->
          throw new NodeException(
              "The algorithm " + algorithm + " signs nothing; choose another one");
    };
  }

  private byte[] signature(boolean pem, Signature signature, String kind, byte[] input)
      throws GeneralSecurityException {
    if (!pem) {
      throw mismatch("a PEM key");
    }
    signature.initSign(privateKey(required("privateKey"), kind));
    signature.update(input);
    return signature.sign();
  }

  private PrivateKey privateKey(String pem, String kind) throws GeneralSecurityException {
    // Keys that came through a form or an environment variable have their line ends written out.
    String lines = pem.replace("\\n", "\n");
    byte[] encoded = Base64.getMimeDecoder().decode(lines.replaceAll("-----[A-Z ]+-----", ""));
    if (lines.contains("BEGIN RSA PRIVATE KEY")) {
      encoded = pkcs8(der(0x30, RSA), encoded);
    } else if (lines.contains("BEGIN EC PRIVATE KEY")) {
      encoded = pkcs8(der(0x30, join(EC, curve())), encoded);
    }
    return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  private byte[] curve() {
    return switch (algorithm) {
      case "ES256" -> hex("06082A8648CE3D030107");
      case "ES384" -> hex("06052B81040022");
      default -> hex("06052B81040023");
    };
  }

  /** The JDK reads one form of private keys; older files hold what that form wraps. */
  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return der(0x30, join(hex("020100"), algorithm, der(0x04, key)));
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 4);
    out.write(tag);
    if (content.length >= 0x100) {
      out.write(0x82);
      out.write(content.length >> 8);
    } else if (content.length >= 0x80) {
      out.write(0x81);
    }
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] hex(String digits) {
    return java.util.HexFormat.of().parseHex(digits);
  }

  private NodeException mismatch(String wanted) {
    return new NodeException("The algorithm " + algorithm + " needs " + wanted + " as its key");
  }

  private String required(String field) {
    String value = text(field, "");
    if (value.isEmpty()) {
      throw new NodeException("The credential has no " + field);
    }
    return value;
  }

  private String text(String field, String otherwise) {
    return credential.get(field) instanceof String value && !value.isEmpty() ? value : otherwise;
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
