package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.mail.SmtpSettings;
import dev.millrace.control.mail.SmtpSettings.Encryption;
import dev.millrace.control.vault.Secret;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class MailOptionsTest {
  @TempDir private Path folder;

  @Command
  private static final class Options {
    @Mixin private final MailOptions mail;

    Options(Map<String, String> environment) {
      mail = new MailOptions(environment);
    }
  }

  @Test
  void withoutAServerThereIsNoMail() {
    assertThat(settings(Map.of())).isEmpty();
    assertThat(settings(Map.of("MILLRACE_SMTP_URL", ""))).isEmpty();
  }

  @Test
  void optionsGoBeforeVariables() throws IOException {
    Path password = Files.writeString(folder.resolve("password"), "from a file\n");

    SmtpSettings settings =
        settings(
                Map.of(
                    "MILLRACE_SMTP_URL", "smtp://other.example.com",
                    "MILLRACE_SMTP_PASSWORD", "shadowed"),
                "--smtp-url=smtp://bot%40example.com@mail.example.com:2525",
                "--smtp-password-file=" + password)
            .orElseThrow();

    assertThat(settings)
        .isEqualTo(
            new SmtpSettings(
                "mail.example.com",
                2525,
                Encryption.STARTTLS,
                Optional.of(new SmtpSettings.Login("bot@example.com", Secret.of("from a file"))),
                "bot@example.com"));
    assertThat(settings.toString()).doesNotContain("from a file");
  }

  @Test
  void aConnectionIsEncryptedWhereThereIsAPassword() {
    assertThat(encryption("smtp://mail.example.com")).isEqualTo(Encryption.OFFERED);
    assertThat(encryption("smtp://u:p@mail.example.com")).isEqualTo(Encryption.STARTTLS);
    assertThat(encryption("smtp://u:p@localhost")).isEqualTo(Encryption.OFFERED);
    assertThat(encryption("smtps://u:p@mail.example.com")).isEqualTo(Encryption.TLS);
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedWithoutThePassword() {
    assertThatThrownBy(() -> settings(Map.of(), "--smtp-url=smtp://u:canary@mail.example.com"))
        .isInstanceOf(ParameterException.class)
        .hasMessageNotContaining("canary");
    assertThatThrownBy(() -> settings(Map.of("MILLRACE_SMTP_PASSWORD", "canary")))
        .isInstanceOf(ParameterException.class)
        .hasMessageNotContaining("canary");
    for (String url : new String[] {"http://u:canary@host", "smtp://", "smtp://ho st/canary"}) {
      assertThatThrownBy(() -> settings(Map.of("MILLRACE_SMTP_URL", url)))
          .isInstanceOf(MillraceException.class)
          .hasMessageNotContaining("canary")
          .extracting(thrown -> ((MillraceException) thrown).code())
          .isEqualTo(ErrorCode.INVALID_INPUT);
    }
  }

  private static Encryption encryption(String url) {
    return settings(Map.of("MILLRACE_SMTP_URL", url)).orElseThrow().encryption();
  }

  private static Optional<SmtpSettings> settings(
      Map<String, String> environment, String... arguments) {
    Options options = new Options(environment);
    new CommandLine(options).parseArgs(arguments);
    return options.mail.settings();
  }
}
