package dev.millrace.control.users;

import dev.millrace.control.mail.Mail;
import java.util.Optional;

/**
 * How people sign in, as far as it is not set over the API.
 *
 * @param mail empty where none can be sent: whoever invites hands the link on himself
 * @param failuresPerAddress so many attempts of one address may fail within 15 minutes, whosever
 *     they are
 */
public record SignInSettings(Optional<Mail> mail, long failuresPerAddress) {
  /** An office may be behind one address. */
  public static final long FAILURES_PER_ADDRESS = 100;
}
