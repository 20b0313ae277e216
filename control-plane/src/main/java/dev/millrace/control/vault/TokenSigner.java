package dev.millrace.control.vault;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.util.Optional;

/** Tokens (JWT) that are signed with one key of the installation. Thread-safe. */
public final class TokenSigner {
  /** The one algorithm: what a token says of its own is not asked. */
  private static final JWSAlgorithm ALGORITHM = JWSAlgorithm.HS256;

  private final MACSigner signer;
  private final MACVerifier verifier;

  /**
   * @param key of 32 bytes, for this use alone
   */
  public TokenSigner(Secret key) {
    byte[] bytes = key.use(byte[]::clone);
    try {
      signer = new MACSigner(bytes);
      verifier = new MACVerifier(bytes);
    } catch (JOSEException tooShort) {
      throw new IllegalStateException(tooShort);
    }
  }

  /** A token that says so. */
  public SignedJWT sign(JWTClaimsSet claims) {
    SignedJWT token = new SignedJWT(new JWSHeader(ALGORITHM), claims);
    try {
      token.sign(signer);
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
    return token;
  }

  /**
   * What a token says that was signed with this key; empty for any other text. Whether it is meant
   * for who asks, and still good, is his to look at.
   */
  public Optional<JWTClaimsSet> verified(String text) {
    try {
      SignedJWT token = SignedJWT.parse(text);
      if (ALGORITHM.equals(token.getHeader().getAlgorithm())
          && token.getHeader().getCriticalParams() == null
          && token.verify(verifier)) {
        return Optional.of(token.getJWTClaimsSet());
      }
    } catch (ParseException | JOSEException | RuntimeException hostile) {
      // A token is foreign input to a parser: whatever it throws, it is not a good one.
    }
    return Optional.empty();
  }
}
