package dev.millrace.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class SecretBoxTest {
  private final InstallationKey installation = new InstallationKey(Secret.random(32));
  private final SecretBox box = SecretBox.of(installation, "one use");
  private final Secret secret = Secret.of("canary");

  @Test
  void whatIsSealedOpensForWhatItIsFor() {
    byte[] sealed = box.seal(secret, "table", "row");

    assertThat(box.open(sealed, "table", "row")).isEqualTo(secret);
    assertThat(SecretBox.of(installation, "one use").open(sealed, "table", "row"))
        .isEqualTo(secret);
    assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("canary");
    assertThat(box.seal(secret, "table", "row")).isNotEqualTo(sealed);
  }

  @Test
  void nothingElseOpensIt() {
    byte[] sealed = box.seal(secret, "table", "row");
    byte[] changed = sealed.clone();
    changed[changed.length - 1] ^= 1;

    assertUnreadable(() -> box.open(sealed, "table", "other row"));
    assertUnreadable(() -> box.open(sealed, "tablerow"));
    assertUnreadable(() -> box.open(changed, "table", "row"));
    assertUnreadable(() -> box.open(new byte[5], "table", "row"));
    assertUnreadable(() -> SecretBox.of(installation, "other use").open(sealed, "table", "row"));
    InstallationKey other = new InstallationKey(Secret.random(32));
    assertUnreadable(() -> SecretBox.of(other, "one use").open(sealed, "table", "row"));
  }

  private static void assertUnreadable(Runnable opening) {
    assertThatThrownBy(opening::run)
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.STORED_SECRET_UNREADABLE);
  }
}
