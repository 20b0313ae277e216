package dev.millrace.control.users;

import dev.millrace.control.mail.Mail;
import dev.millrace.control.mail.Mail.Letter;
import dev.millrace.error.MillraceException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What people get by mail about their accounts. Thread-safe. */
final class AccountMail implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccountMail.class);

  /** Letters that nobody waits for; whoever wants one that was dropped asks again. */
  private static final int WAITING = 1000;

  private final Optional<Mail> mail;
  private final Supplier<String> publicUrl;
  private final ThreadPoolExecutor later =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING),
          Thread.ofVirtual().name("account-mail").factory());

  /**
   * @param mail empty where none can be sent
   */
  AccountMail(Optional<Mail> mail, Supplier<String> publicUrl) {
    this.mail = mail;
    this.publicUrl = publicUrl;
  }

  boolean available() {
    return mail.isPresent();
  }

  // Behind the hash: what stands there is neither sent to servers nor told to other pages.

  /** Where somebody accepts an invitation. */
  String invitationLink(String token) {
    return publicUrl.get() + "/accept-invitation#token=" + token;
  }

  /** Where somebody sets a new password. */
  String resetLink(String token) {
    return publicUrl.get() + "/reset-password#token=" + token;
  }

  /**
   * Sends an invitation, and waits until the mail server took it.
   *
   * @return whether it did
   */
  boolean invite(String email, String inviter, String token) {
    return send(
        new Letter(
            email,
            "You are invited to Millrace",
            inviter
                + " invites you to Millrace at "
                + publicUrl.get()
                + ".\n\nAccept within 7 days and choose a password:\n\n"
                + invitationLink(token)
                + "\n"));
  }

  /** The same of a link to a new password. */
  boolean reset(String email, String token) {
    return send(resetLetter(email, token));
  }

  /**
   * Sends a link to a new password some time later: how long the mail server takes would tell that
   * there is an account.
   */
  void resetLater(String email, String token) {
    sendLater(resetLetter(email, token));
  }

  /** Tells somebody that his password is another one, in case that it was not he. */
  void passwordChangedLater(String email) {
    sendLater(
        new Letter(
            email,
            "Your password was changed",
            "The password of your account at "
                + publicUrl.get()
                + " was changed by a link in a mail to this address, and all sessions were ended."
                + "\n\nIf it was not you, tell an admin.\n"));
  }

  private Letter resetLetter(String email, String token) {
    return new Letter(
        email,
        "A new password for Millrace",
        "Somebody, probably you, asked for a new password for your account at "
            + publicUrl.get()
            + ".\n\nChoose one within an hour:\n\n"
            + resetLink(token)
            + "\n\nIf it was not you, nothing needs to be done.\n");
  }

  private void sendLater(Letter letter) {
    try {
      later.execute(() -> {
        boolean unused = send(letter);
      });
    } catch (RejectedExecutionException tooMany) {
      LOG.warn("a letter is dropped: {} others wait for the mail server", WAITING);
    }
  }

  private boolean send(Letter letter) {
    if (mail.isEmpty()) {
      return false;
    }
    try {
      mail.get().send(letter);
      return true;
    } catch (MillraceException failed) {
      LOG.warn("{} {}", failed.code().code(), failed.text());
      return false;
    }
  }

  /** Letters that wait are dropped. */
  @Override
  public void close() {
    later.shutdownNow();
  }
}
