package dev.millrace.control.users;

import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.TokenSigner;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.time.InstantSource;

/** Signed statements of who is signed in, good for 15 minutes. Thread-safe. */
final class AccessTokens {
  static final Duration LIFE = Duration.ofMinutes(15);
  private static final String AUDIENCE = "millrace-api";
  private static final String SESSION = "sid";

  private final TokenSigner signer;

  /** Whom a token names. */
  record Named(String userId, String sessionId) {}

  AccessTokens(InstallationKey installation, InstantSource clock) {
    this.signer = new TokenSigner(installation.derive("access tokens"), AUDIENCE, clock);
  }

  String issue(String userId, String sessionId) {
    return signer.sign(signer.claims(userId, LIFE).claim(SESSION, sessionId).build()).serialize();
  }

  /**
   * @throws MillraceException {@code NOT_SIGNED_IN} for anything but a token of ours that is still
   *     good
   */
  Named verify(String text) {
    return signer
        .current(text)
        .filter(claims -> claims.getClaim(SESSION) instanceof String)
        .map(claims -> new Named(claims.getSubject(), String.valueOf(claims.getClaim(SESSION))))
        .orElseThrow(
            // Why is nobody's business.
            () ->
                new MillraceException(
                    ErrorCode.NOT_SIGNED_IN, "The access token is not valid, or not any more"));
  }
}
