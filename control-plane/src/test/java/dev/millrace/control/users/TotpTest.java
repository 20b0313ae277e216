package dev.millrace.control.users;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.vault.Secret;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TotpTest {
  /** The secret of the examples in RFC 6238. */
  private final Secret secret = Secret.of("12345678901234567890");

  /** Appendix B of RFC 6238, those of HMAC-SHA-1. */
  @ParameterizedTest
  @CsvSource({
    "59, 94287082",
    "1111111109, 07081804",
    "1111111111, 14050471",
    "1234567890, 89005924",
    "2000000000, 69279037",
    "20000000000, 65353130"
  })
  void codesAreThoseOfTheStandard(long seconds, String code) {
    long step = Totp.step(Instant.ofEpochSecond(seconds));

    assertThat(Totp.code(secret, step, 8)).isEqualTo(code);
    assertThat(Totp.code(secret, step, Totp.DIGITS)).isEqualTo(code.substring(2));
  }

  @Test
  void theStepBeforeAndTheOneAfterCountAndNoOther() {
    Instant now = Instant.ofEpochSecond(1_111_111_111L);
    long middle = Totp.step(now);

    for (long step = middle - 3; step <= middle + 3; step++) {
      String code = Totp.code(secret, step, Totp.DIGITS);
      boolean counts = Math.abs(step - middle) <= 1;
      assertThat(Totp.stepOf(secret, code, now, -1).isPresent())
          .describedAs("step %d", step - middle)
          .isEqualTo(counts);
      assertThat(Totp.stepOf(secret, code, now, middle + 1)).isEmpty();
    }
    assertThat(Totp.stepOf(secret, " 050 471 ", now, -1)).hasValue(middle);
    for (String wrong : new String[] {"", "05047", "0504711", "abcdef", "14050471"}) {
      assertThat(Totp.stepOf(secret, wrong, now, -1)).isEmpty();
    }
  }

  @Test
  void anAuthenticatorCanReadTheUri() {
    assertThat(Totp.uri(secret, "a+b@example.com"))
        .isEqualTo(
            "otpauth://totp/Millrace%3Aa%2Bb%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Millrace&algorithm=SHA1&digits=6&period=30");
  }
}
