package dev.millrace.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeKeyTest {
  @Test
  void aSignatureIsGoodForItsExecutionAndTenantOnly() {
    ResumeKey key = ResumeKey.random();
    String signature = key.sign("default", "e-1");

    assertThat(key.verify("default", "e-1", signature)).isTrue();
    assertThat(key.verify("default", "e-2", signature)).isFalse();
    assertThat(key.verify("other", "e-1", signature)).isFalse();
    assertThat(key.sign("ab", "c")).isNotEqualTo(key.sign("a", "bc"));
    assertThat(ResumeKey.random().verify("default", "e-1", signature)).isFalse();
    assertThat(key.verify("default", "e-1", "")).isFalse();
    assertThat(key.verify("default", "e-1", signature + "=")).isFalse();
    assertThat(signature).matches("[A-Za-z0-9_-]{43}");
  }

  @Test
  void aKeyIsMadeOnceAndStays(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("resume.key");
    String signature = ResumeKey.open(file).sign("t", "e");

    assertThat(ResumeKey.open(file).verify("t", "e", signature)).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aKeyThatIsNoneIsRefusedWithoutShowingIt(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("resume.key");
    for (String content : new String[] {"", "c2hvcnQ=", "not Base64 but secret"}) {
      Files.writeString(file, content);
      assertThatThrownBy(() -> ResumeKey.open(file))
          .isInstanceOfSatisfying(
              MillraceException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNREADABLE_FILE))
          .message()
          .doesNotContain("secret");
    }
    assertThat(ResumeKey.random()).hasToString("ResumeKey");
  }

  @Test
  void aUrlIsMadeOnlyWhereItIsServed() {
    ResumeKey key = ResumeKey.random();

    assertThat(ResumeUrls.signed(() -> "https://hooks.example", key).of("t", "a b/c"))
        .isEqualTo(
            "https://hooks.example/webhook-waiting/a%20b%2Fc?signature=" + key.sign("t", "a b/c"));
    assertThat(ResumeUrls.signed(() -> "", key).of("t", "e")).isEmpty();
    assertThat(ResumeUrls.NONE.of("t", "e")).isEmpty();
  }
}
