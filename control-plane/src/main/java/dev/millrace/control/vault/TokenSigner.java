package dev.millrace.control.vault;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;

/** Tokens (JWT) for one use, signed with the installation's key for it. Thread-safe. */
public final class TokenSigner {
  /** The one algorithm: what a token says of its own is not asked. */
  private static final JWSAlgorithm ALGORITHM = JWSAlgorithm.HS256;

  private static final String ISSUER = "millrace";

  private final MACSigner signer;
  private final MACVerifier verifier;
  private final String audience;
  private final InstantSource clock;

  /**
   * @param key of 32 bytes, for this use alone
   * @param audience whom the tokens are for
   */
  public TokenSigner(Secret key, String audience, InstantSource clock) {
    this.audience = audience;
    this.clock = clock;
    byte[] bytes = key.use(byte[]::clone);
    try {
      signer = new MACSigner(bytes);
      verifier = new MACVerifier(bytes);
    } catch (JOSEException tooShort) {
      throw new IllegalStateException(tooShort);
    }
  }

  /** What a token begins with that is about somebody, from now on for a while. */
  public JWTClaimsSet.Builder claims(String subject, Duration life) {
    Instant now = clock.instant();
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .audience(audience)
        .subject(subject)
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plus(life)));
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
   * What a token says that was signed with this key for this audience and is about somebody; empty
   * for any other text. Whether it is still good is to be looked at.
   */
  public Optional<JWTClaimsSet> verified(String text) {
    return signed(text)
        .filter(claims ->
            ISSUER.equals(claims.getIssuer())
                && List.of(audience).equals(claims.getAudience())
                && claims.getSubject() != null);
  }

  /** The same of a token that is still good. */
  public Optional<JWTClaimsSet> current(String text) {
    return verified(text)
        .filter(claims ->
            claims.getExpirationTime() != null
                && claims.getExpirationTime().toInstant().isAfter(clock.instant()));
  }

  private Optional<JWTClaimsSet> signed(String text) {
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
