package dev.millrace.standalone;

import dev.millrace.control.mail.SmtpSettings;
import dev.millrace.control.vault.Secret;
import dev.millrace.error.MillraceException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * Which mail server a command line, or the environment, names for letters about accounts. An option
 * goes before the variable of the same name. The password comes from a file or a variable alone:
 * options are seen by everybody on the machine.
 */
final class MailOptions {
  private static final String SMTP = "MILLRACE_SMTP_";

  private final OptionOrVariable values;

  @Spec(Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--smtp-url",
      paramLabel = "smtp[s]://[USER@]HOST[:PORT]",
      description =
          "Send invitations and links to new passwords by this mail server (MILLRACE_SMTP_URL).")
  private @Nullable String url;

  @Option(
      names = "--smtp-password-file",
      paramLabel = "FILE",
      description =
          "The file with its user's password (MILLRACE_SMTP_PASSWORD_FILE, or the password in"
              + " MILLRACE_SMTP_PASSWORD).")
  private @Nullable String passwordFile;

  @Option(
      names = "--smtp-from",
      paramLabel = "ADDRESS",
      description =
          "The address that letters come from (MILLRACE_SMTP_FROM); by default the user, where"
              + " that is an address.")
  private @Nullable String from;

  MailOptions() {
    this(System.getenv());
  }

  /**
   * With other variables than those of this process.
   *
   * @param environment an empty value is none
   */
  MailOptions(Map<String, String> environment) {
    this.values = new OptionOrVariable(environment);
  }

  /**
   * What takes letters; empty when none is named.
   *
   * @throws ParameterException when what is named does not go together
   * @throws MillraceException {@code INVALID_INPUT}, or {@code UNREADABLE_FILE} when the password's
   *     file cannot be read
   */
  Optional<SmtpSettings> settings() {
    Optional<String> server = values.given(url, SMTP + "URL");
    Optional<String> sender = values.given(from, SMTP + "FROM");
    Optional<Secret> password = values.password(passwordFile, SMTP + "PASSWORD").map(Secret::of);
    if (server.isEmpty()) {
      if (Stream.of(sender, password).anyMatch(Optional::isPresent)) {
        throw new ParameterException(
            spec.commandLine(), "there is a sender or a password for mail, but no --smtp-url");
      }
      return Optional.empty();
    }
    if (url != null && SmtpSettings.hasPassword(url)) {
      throw new ParameterException(
          spec.commandLine(),
          "--smtp-url has a password, which others would see: use --smtp-password-file");
    }
    return Optional.of(SmtpSettings.of(server.get(), password, sender));
  }
}
