package dev.millrace.control.oidc;

import dev.millrace.control.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * What binds the parts of one sign-in together.
 *
 * @param state comes back with the browser
 * @param nonce comes back in the ID token
 * @param verifier proves to the provider that who takes the code is who began (PKCE)
 */
public record SignInAttempt(String state, String nonce, String verifier) {
  private static final int RANDOM_BYTES = 32;
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  /** One that nobody can guess. */
  public static SignInAttempt begin() {
    return new SignInAttempt(random(), random(), random());
  }

  /** What the provider is told of the verifier before. */
  String codeChallenge() {
    try {
      return BASE64.encodeToString(
          MessageDigest.getInstance("SHA-256")
              .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
  }

  private static String random() {
    try (Secret random = Secret.random(RANDOM_BYTES)) {
      return random.use(BASE64::encodeToString);
    }
  }

  /** All of it is secret. */
  @Override
  public String toString() {
    return "SignInAttempt";
  }
}
