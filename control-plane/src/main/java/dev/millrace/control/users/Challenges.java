package dev.millrace.control.users;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.millrace.control.db.Ids;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.TokenSigner;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What somebody holds between his password and his code: a signed statement that the password was
 * right, good for five minutes, for one session, and no longer than the password. Thread-safe.
 */
final class Challenges {
  static final Duration LIFE = Duration.ofMinutes(5);
  private static final String AUDIENCE = "millrace-sign-in";
  private static final String NEXT = "next";
  private static final String PASSWORD = "pwd";
  private static final int PRINT = 16;

  private final TokenSigner signer;
  private final RedisStore store;

  /** What is to be done to get in. */
  enum Next {
    /** Enter a code. */
    CODE("code"),
    /** Set an authenticator up: everybody has to have one. */
    ENROL("enrol");

    private final String text;

    Next(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /**
   * What a challenge says.
   *
   * @param id of the challenge
   * @param password tells the password that was entered from others
   */
  private record Said(String id, String userId, String next, String password) {}

  Challenges(InstallationKey installation, RedisStore store, InstantSource clock) {
    this.signer = new TokenSigner(installation.derive("sign-in challenges"), AUDIENCE, clock);
    this.store = store;
  }

  /**
   * @param hash of the password that was entered
   */
  String issue(String userId, Next next, String hash) {
    return signer
        .sign(
            signer
                .claims(userId, LIFE)
                .jwtID(Ids.next())
                .claim(NEXT, next.text())
                .claim(PASSWORD, print(hash))
                .build())
        .serialize();
  }

  /**
   * Whom a challenge is for.
   *
   * @param users asked for the password of today
   * @throws MillraceException {@code NOT_SIGNED_IN} for anything but a challenge of ours that is
   *     still good, for this
   */
  User of(String text, Next next, Users users) {
    Said said =
        said(text).filter(there -> there.next().equals(next.text())).orElseThrow(Challenges::over);
    Users.WithPassword now =
        users
            .withPassword(said.userId())
            .filter(one -> !one.user().disabled())
            .orElseThrow(Challenges::over);
    String hash = now.hash();
    if (hash == null || !print(hash).equals(said.password())) {
      throw over();
    }
    return now.user();
  }

  /**
   * Uses a challenge up, which gave a session.
   *
   * @throws MillraceException {@code NOT_SIGNED_IN} when it gave one before
   */
  void use(String text) {
    Said said = said(text).orElseThrow(Challenges::over);
    if (!store.first("millrace:challenge:" + said.id(), LIFE.toMillis())) {
      throw over();
    }
  }

  private Optional<Said> said(String text) {
    return signer.current(text).flatMap(Challenges::read);
  }

  private static Optional<Said> read(JWTClaimsSet claims) {
    try {
      String next = claims.getStringClaim(NEXT);
      String password = claims.getStringClaim(PASSWORD);
      String id = claims.getJWTID();
      String user = claims.getSubject();
      return next == null || password == null || id == null || user == null
          ? Optional.empty()
          : Optional.of(new Said(id, user, next, password));
    } catch (ParseException none) {
      return Optional.empty();
    }
  }

  private static String print(String hash) {
    return Sessions.hash(hash).substring(0, PRINT);
  }

  private static MillraceException over() {
    return new MillraceException(
        ErrorCode.NOT_SIGNED_IN, "The challenge is not valid, or not any more: sign in again");
  }
}
