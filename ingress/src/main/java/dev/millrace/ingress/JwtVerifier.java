package dev.millrace.ingress;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.value.Json;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a signed token by a {@code jwtAuth} credential: with exactly the credential's algorithm,
 * whatever the token says of itself, and within its times. The algorithm {@code none} verifies
 * nothing, so it is refused.
 */
final class JwtVerifier {
  private final String algorithm;
  private final boolean pem;
  private final String secret;
  private final String publicKey;

  JwtVerifier(Map<String, @Nullable Object> credential) {
    this.algorithm = text(credential, "algorithm", "HS256");
    this.pem = text(credential, "keyType", "passphrase").equals("pemKey");
    this.secret = text(credential, "secret", "");
    this.publicKey = text(credential, "publicKey", "");
  }

  /** The token's claims, empty when it must not be trusted. */
  Optional<Map<String, @Nullable Object>> verify(String token, Instant now) {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      if (!jwt.getHeader().getAlgorithm().getName().equals(algorithm)
          || jwt.getHeader().getCriticalParams() != null
          || !signed(jwt)) {
        return Optional.empty();
      }
      Map<String, @Nullable Object> claims = Json.parseObject(jwt.getPayload().toBytes());
      double seconds = now.toEpochMilli() / 1000.0;
      boolean valid =
          (!claims.containsKey("exp") || number(claims, "exp") > seconds)
              && (!claims.containsKey("nbf") || number(claims, "nbf") <= seconds);
      return valid ? Optional.of(claims) : Optional.empty();
    } catch (ParseException | JOSEException | GeneralSecurityException notTrusted) {
      return Optional.empty();
    } catch (RuntimeException hostile) {
      // A token is foreign input to two parsers: whatever they throw, it is not a good one.
      return Optional.empty();
    }
  }

  private boolean signed(SignedJWT jwt) throws JOSEException, GeneralSecurityException {
    if (!pem) {
      return switch (algorithm) {
        case "HS256" -> hmac(jwt, "HmacSHA256");
        case "HS384" -> hmac(jwt, "HmacSHA384");
        case "HS512" -> hmac(jwt, "HmacSHA512");
        default -> false;
      };
    }
    if (publicKey.isEmpty()) {
      return false;
    }
    JWSAlgorithm expected = JWSAlgorithm.parse(algorithm);
    JWSVerifier verifier;
    if (JWSAlgorithm.Family.RSA.contains(expected)) {
      verifier = new RSASSAVerifier((RSAPublicKey) publicKey("RSA"));
    } else if (JWSAlgorithm.Family.EC.contains(expected)) {
      verifier = new ECDSAVerifier((ECPublicKey) publicKey("EC"));
    } else {
      return false;
    }
    return jwt.verify(verifier);
  }

  /** By hand, because the library refuses the short secrets that existing set-ups have. */
  private boolean hmac(SignedJWT jwt, String name) throws GeneralSecurityException {
    if (secret.isEmpty()) {
      return false;
    }
    Mac mac = Mac.getInstance(name);
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), name));
    return MessageDigest.isEqual(mac.doFinal(jwt.getSigningInput()), jwt.getSignature().decode());
  }

  /** A time in seconds; what is none never holds. */
  private static double number(Map<String, @Nullable Object> claims, String name) {
    return claims.get(name) instanceof Double seconds ? seconds : Double.NaN;
  }

  /** The key of a PEM text, which holds it alone or in a certificate. */
  private PublicKey publicKey(String kind) throws GeneralSecurityException {
    // Keys that came through a form or an environment variable have their line ends written out.
    String lines = publicKey.replace("\\n", "\n");
    if (lines.contains("BEGIN CERTIFICATE")) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(lines.getBytes(StandardCharsets.US_ASCII)))
          .getPublicKey();
    }
    byte[] encoded = Base64.getMimeDecoder().decode(lines.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
  }

  private static String text(
      Map<String, @Nullable Object> credential, String name, String otherwise) {
    return credential.get(name) instanceof String value && !value.isEmpty() ? value : otherwise;
  }
}
