package dev.millrace.control.users;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.TokenSigner;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
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

  private final TokenSigner signer;
  private final InstantSource clock;

  /** Whom a token names. */
  record Named(String userId, String sessionId) {}

  AccessTokens(InstallationKey installation, InstantSource clock) {
    this.signer = new TokenSigner(installation.derive("access tokens"));
    this.clock = clock;
  }

  String issue(String userId, String sessionId) {
    Instant now = clock.instant();
    return signer
        .sign(
            new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject(userId)
                .claim(SESSION, sessionId)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(LIFE)))
                .build())
        .serialize();
  }

  /**
   * @throws MillraceException {@code NOT_SIGNED_IN} for anything but a token of ours that is still
   *     good
   */
  Named verify(String text) {
    return signer
        .verified(text)
        .filter(this::good)
        .map(claims -> new Named(claims.getSubject(), String.valueOf(claims.getClaim(SESSION))))
        .orElseThrow(
            // Why is nobody's business.
            () ->
                new MillraceException(
                    ErrorCode.NOT_SIGNED_IN, "The access token is not valid, or not any more"));
  }

  private boolean good(JWTClaimsSet claims) {
    Date expires = claims.getExpirationTime();
    return ISSUER.equals(claims.getIssuer())
        && List.of(AUDIENCE).equals(claims.getAudience())
        && expires != null
        && expires.toInstant().isAfter(clock.instant())
        && claims.getSubject() != null
        && claims.getClaim(SESSION) instanceof String;
  }
}
