package dev.millrace.nodes;

import dev.millrace.node.NodeException;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies JSON Web Tokens with a {@code jwtAuth} credential. By the JDK's own means,
 * because libraries refuse the short secrets that existing set-ups have. No message of it holds a
 * secret.
 */
public final class TokenKey {
  private final String algorithm;
  private final Map<String, @Nullable Object> credential;

  public TokenKey(Map<String, @Nullable Object> credential) {
    this(credential, null);
  }

  /**
   * @param algorithm takes the place of the credential's unless it is null
   */
  public TokenKey(Map<String, @Nullable Object> credential, @Nullable String algorithm) {
    this.credential = credential;
    this.algorithm = algorithm == null ? text("algorithm", "HS256") : algorithm;
  }

  /** Such as {@code HS256}. */
  public String algorithm() {
    return algorithm;
  }

  /** A token of claims, with the time of issue added unless they have one. */
  public String sign(Map<?, ?> claims, Instant now) {
    return sign(Map.of(), claims, now);
  }

  /**
   * A token of claims, with the time of issue added unless they have one.
   *
   * @param moreHeader fields of the header; the algorithm is always the key's
   * @throws NodeException when the credential cannot sign
   */
  public String sign(Map<?, ?> moreHeader, Map<?, ?> claims, Instant now) {
    Map<String, @Nullable Object> header = new LinkedHashMap<>();
    header.put("alg", algorithm);
    header.put("typ", "JWT");
    moreHeader.forEach((name, value) -> header.put(String.valueOf(name), value));
    header.put("alg", algorithm);
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

  /**
   * Whether a signature is this key's, made with exactly this algorithm.
   *
   * @param signed the token's header and payload as they were sent, with the dot between them
   * @throws NodeException when the credential cannot verify anything
   */
  public boolean verifies(String signed, byte[] signature) {
    byte[] input = signed.getBytes(StandardCharsets.UTF_8);
    try {
      if (family().equals("HS")) {
        return MessageDigest.isEqual(hmac(input), signature);
      }
      Signature verifier = asymmetric();
      java.security.PublicKey key = PemKeys.publicKey(required("publicKey"));
      requireFamily(key);
      verifier.initVerify(key);
      verifier.update(input);
      return fits(signature) && verifier.verify(signature);
    } catch (java.security.SignatureException malformed) {
      return false;
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      throw new NodeException(
          "The token cannot be verified: the credential's public key is none for " + algorithm);
    }
  }

  /** The JDK would accept shorter numbers, and so other bytes for one signature. */
  private boolean fits(byte[] signature) {
    return switch (algorithm) {
      case "ES256" -> signature.length == 64;
      case "ES384" -> signature.length == 96;
      case "ES512" -> signature.length == 132;
      default -> true;
    };
  }

  private byte[] signature(byte[] input) throws GeneralSecurityException {
    if (family().equals("HS")) {
      return hmac(input);
    }
    Signature signature = asymmetric();
    java.security.PrivateKey key = PemKeys.privateKey(required("privateKey"));
    requireFamily(key);
    signature.initSign(key);
    signature.update(input);
    return signature.sign();
  }

  private byte[] hmac(byte[] input) throws GeneralSecurityException {
    if (pem()) {
      throw mismatch("a passphrase");
    }
    Mac mac = Mac.getInstance("HmacSHA" + hash());
    mac.init(
        new SecretKeySpec(required("secret").getBytes(StandardCharsets.UTF_8), mac.getAlgorithm()));
    return mac.doFinal(input);
  }

  private Signature asymmetric() throws GeneralSecurityException {
    String hash = hash();
    return switch (family()) {
      case "RS" -> keyed(Signature.getInstance("SHA" + hash + "withRSA"));
      case "PS" -> {
        Signature signature = keyed(Signature.getInstance("RSASSA-PSS"));
        signature.setParameter(
            new PSSParameterSpec(
                "SHA-" + hash,
                "MGF1",
                new MGF1ParameterSpec("SHA-" + hash),
                Integer.parseInt(hash) / 8,
                PSSParameterSpec.TRAILER_FIELD_BC));
        yield signature;
      }
      case "ES" -> keyed(Signature.getInstance("SHA" + hash + "withECDSAinP1363Format"));
      default -> throw signsNothing();
    };
  }

  private Signature keyed(Signature signature) {
    if (!pem()) {
      throw mismatch("a PEM key");
    }
    return signature;
  }

  private void requireFamily(java.security.Key key) throws GeneralSecurityException {
    boolean fits = family().equals("ES") ? key instanceof ECKey : key instanceof RSAKey;
    if (!fits) {
      throw new java.security.InvalidKeyException("a key of another kind");
    }
  }

  private boolean pem() {
    return text("keyType", "passphrase").equals("pemKey");
  }

  private String family() {
    hash();
    return algorithm.substring(0, 2);
  }

  private String hash() {
    String hash = algorithm.length() == 5 ? algorithm.substring(2) : "";
    if (!hash.equals("256") && !hash.equals("384") && !hash.equals("512")) {
      throw signsNothing();
    }
    return hash;
  }

  private NodeException signsNothing() {
    return new NodeException("The algorithm " + algorithm + " signs nothing; choose another one");
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
