package dev.millrace.control.credentials;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.control.db.Ids;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.SharedCipher;
import dev.millrace.control.vault.TokenSigner;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;

/**
 * The tokens by which workers prove that they belong to the installation, and the cipher of what
 * they get for one. Each is good for a minute. Thread-safe.
 */
public final class WorkerTokens {
  private static final String AUDIENCE = "worker";
  private static final Duration VALID = Duration.ofMinutes(1);
  private static final Duration SKEW = Duration.ofSeconds(30);

  private final TokenSigner signer;
  private final SharedCipher cipher;
  private final InstantSource clock;

  /** A worker that proved itself, and the token that it did it with. */
  record Worker(String name, String tokenId) {}

  public WorkerTokens(InstallationKey installation, InstantSource clock) {
    this.signer = new TokenSigner(installation.derive("worker tokens"), AUDIENCE, clock);
    this.cipher = new SharedCipher(installation.derive("worker leases"));
    this.clock = clock;
  }

  /**
   * A new token.
   *
   * @param worker told in logs and audits
   */
  SignedJWT issue(String worker) {
    return signer.sign(signer.claims(worker, VALID).jwtID(Ids.random(22)).build());
  }

  /**
   * Who shows a token.
   *
   * @throws MillraceException {@code LEASE_REFUSED} when it is not of this installation's key, not
   *     for workers, over, or good for longer than such tokens are
   */
  Worker verify(String text) {
    return signer
        .verified(text)
        .filter(claims -> claims.getJWTID() != null && timely(claims))
        .map(claims -> new Worker(claims.getSubject(), claims.getJWTID()))
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.LEASE_REFUSED, "The token is not one of a worker of this installation"));
  }

  private boolean timely(JWTClaimsSet claims) {
    Date issued = claims.getIssueTime();
    Date end = claims.getExpirationTime();
    if (issued == null || end == null) {
      return false;
    }
    Instant now = clock.instant();
    return !issued.toInstant().isAfter(now.plus(SKEW))
        && end.toInstant().plus(SKEW).isAfter(now)
        && !end.toInstant().isAfter(issued.toInstant().plus(VALID));
  }

  /**
   * Encrypts what goes along with a token, so that it is as safe on any wire.
   *
   * @param direction tells a request from its answer
   */
  byte[] seal(Secret message, String tokenId, String direction) {
    return cipher.seal(message, tokenId, direction);
  }

  /**
   * @throws MillraceException {@code LEASE_REFUSED} when it does not belong to the token
   */
  Secret open(byte[] sealed, String tokenId, String direction) {
    return cipher.open(sealed, tokenId, direction);
  }
}
