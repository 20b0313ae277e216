package dev.millrace.control.mail;

/** Sends letters. Thread-safe; blocks while it does. */
@FunctionalInterface
public interface Mail {
  /**
   * A letter to one person, in plain text. Its text may be a secret of whom it is for.
   *
   * @param to an e-mail address
   */
  record Letter(String to, String subject, String text) {
    /** Without its text. */
    @Override
    public String toString() {
      return "Letter[" + subject + "]";
    }
  }

  /**
   * Gives a letter to the mail server, once. That it took it does not say that it arrives.
   *
   * @throws dev.millrace.error.MillraceException {@code MAIL_FAILED}, without the letter's text
   */
  void send(Letter letter);
}
