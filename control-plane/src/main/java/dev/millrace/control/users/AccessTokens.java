package dev.millrace.control.users;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;

/** Signed statements of who is signed in, good for 15 minutes. Thread-safe. */
final class AccessTokens {
  static final Duration LIFE = Duration.ofMinutes(15);
  private static final String ISSUER = "millrace";
  private static final String AUDIENCE = "millrace-api";
  private static final String SESSION = "sid";

  /** The one algorithm: what a token says of its own is not asked. */
  private static final JWSAlgorithm ALGORITHM = JWSAlgorithm.HS256;

  private final MACSigner signer;
  private final MACVerifier verifier;
  private final InstantSource clock;

  /** Whom a token names. */
  record Named(String userId, String sessionId) {}

  AccessTokens(TokenKey key, InstantSource clock) {
    this.clock = clock;
    try {
      signer = new MACSigner(key.secret());
      verifier = new MACVerifier(key.secret());
    } catch (JOSEException tooShort) {
      throw new IllegalStateException(tooShort);
    }
  }

  String issue(String userId, String sessionId) {
    Instant now = clock.instant();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader(ALGORITHM),
            new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject(userId)
                .claim(SESSION, sessionId)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(LIFE)))
                .build());
    try {
      token.sign(signer);
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
    return token.serialize();
  }

  /**
   * @throws MillraceException {@code NOT_SIGNED_IN} for anything but a token of ours that is still
   *     good
   */
  Named verify(String text) {
    try {
      SignedJWT token = SignedJWT.parse(text);
      JWTClaimsSet claims = token.getJWTClaimsSet();
      Date expires = claims.getExpirationTime();
      String session = claims.getStringClaim(SESSION);
      if (ALGORITHM.equals(token.getHeader().getAlgorithm())
          && token.verify(verifier)
          && ISSUER.equals(claims.getIssuer())
          && List.of(AUDIENCE).equals(claims.getAudience())
          && expires != null
          && expires.toInstant().isAfter(clock.instant())
          && claims.getSubject() != null
          && session != null) {
        return new Named(claims.getSubject(), session);
      }
    } catch (ParseException | JOSEException forged) {
      // Told below: why is nobody's business.
    }
    throw new MillraceException(
        ErrorCode.NOT_SIGNED_IN, "The access token is not valid, or not any more");
  }
}
