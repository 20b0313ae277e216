package dev.millrace.control.credentials;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.control.db.Ids;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.SharedCipher;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;

/**
 * The tokens by which workers prove that they belong to the installation, and the cipher of what
 * they get for one. Each is good for a minute. Thread-safe.
 */
public final class WorkerTokens {
  private static final String ISSUER = "millrace";
  private static final String AUDIENCE = "worker";
  private static final Duration VALID = Duration.ofMinutes(1);
  private static final Duration SKEW = Duration.ofSeconds(30);

  private final Secret key;
  private final SharedCipher cipher;
  private final InstantSource clock;

  /** A worker that proved itself, and the token that it did it with. */
  record Worker(String name, String tokenId) {}

  public WorkerTokens(InstallationKey installation, InstantSource clock) {
    this.key = installation.derive("worker tokens");
    this.cipher = new SharedCipher(installation.derive("worker leases"));
    this.clock = clock;
  }

  /**
   * A new token.
   *
   * @param worker told in logs and audits
   */
  SignedJWT issue(String worker) {
    Instant now = clock.instant();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader(JWSAlgorithm.HS256),
            new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject(worker)
                .jwtID(Ids.random(22))
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(VALID)))
                .build());
    try {
      token.sign(key.use(bytes -> signer(bytes)));
      return token;
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static MACSigner signer(byte[] bytes) {
    try {
      return new MACSigner(bytes);
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Who shows a token.
   *
   * @throws MillraceException {@code LEASE_REFUSED} when it is not of this installation's key, not
   *     for workers, over, or good for longer than such tokens are
   */
  Worker verify(String text) {
    try {
      SignedJWT token = SignedJWT.parse(text);
      JWTClaimsSet claims = token.getJWTClaimsSet();
      if (token.getHeader().getAlgorithm().equals(JWSAlgorithm.HS256)
          && token.getHeader().getCriticalParams() == null
          && token.verify(key.use(bytes -> verifier(bytes)))
          && ISSUER.equals(claims.getIssuer())
          && claims.getAudience().equals(List.of(AUDIENCE))
          && claims.getSubject() != null
          && claims.getJWTID() != null
          && timely(claims)) {
        return new Worker(claims.getSubject(), claims.getJWTID());
      }
    } catch (ParseException | JOSEException | RuntimeException hostile) {
      // A token is foreign input to a parser: whatever it throws, it is not a good one.
    }
    throw new MillraceException(
        ErrorCode.LEASE_REFUSED, "The token is not one of a worker of this installation");
  }

  private static MACVerifier verifier(byte[] bytes) {
    try {
      return new MACVerifier(bytes);
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
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
