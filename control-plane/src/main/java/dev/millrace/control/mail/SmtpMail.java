package dev.millrace.control.mail;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;

/** Sends letters by SMTP, each over a connection of its own. */
public final class SmtpMail implements Mail {
  /** For each step; somebody may wait for the answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String UTF_8 = StandardCharsets.UTF_8.name();

  private final SmtpSettings settings;
  private final Session session;

  public SmtpMail(SmtpSettings settings) {
    this.settings = settings;
    this.session = Session.getInstance(properties(settings), authenticator(settings));
  }

  @Override
  public void send(Letter letter) {
    try {
      MimeMessage message = new MimeMessage(session);
      message.setFrom(new InternetAddress(settings.from(), true));
      message.setRecipient(Message.RecipientType.TO, new InternetAddress(letter.to(), true));
      message.setSubject(letter.subject(), UTF_8);
      message.setText(letter.text(), UTF_8);
      // No holiday greetings, and no list of who is away.
      message.setHeader("Auto-Submitted", "auto-generated");
      Transport.send(message);
    } catch (MessagingException failed) {
      // Its message may quote the address, which is personal; the server's own log has the rest.
      throw new MillraceException(
          ErrorCode.MAIL_FAILED,
          "The mail server "
              + settings.host()
              + ":"
              + settings.port()
              + " did not take a letter: "
              + failed.getClass().getSimpleName());
    }
  }

  private static Properties properties(SmtpSettings settings) {
    Properties properties = new Properties();
    properties.setProperty("mail.transport.protocol", "smtp");
    properties.setProperty("mail.smtp.host", settings.host());
    properties.setProperty("mail.smtp.port", String.valueOf(settings.port()));
    properties.setProperty("mail.smtp.auth", String.valueOf(settings.login().isPresent()));
    // By default it would wait for ever.
    String millis = String.valueOf(PATIENCE.toMillis());
    properties.setProperty("mail.smtp.connectiontimeout", millis);
    properties.setProperty("mail.smtp.timeout", millis);
    properties.setProperty("mail.smtp.writetimeout", millis);
    properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
    switch (settings.encryption()) {
      case TLS -> properties.setProperty("mail.smtp.ssl.enable", "true");
      case STARTTLS -> {
        properties.setProperty("mail.smtp.starttls.enable", "true");
        properties.setProperty("mail.smtp.starttls.required", "true");
      }
      case OFFERED -> properties.setProperty("mail.smtp.starttls.enable", "true");
    }
    return properties;
  }

  private static Authenticator authenticator(SmtpSettings settings) {
    return new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        SmtpSettings.Login login = settings.login().orElseThrow();
        return new PasswordAuthentication(login.user(), login.password().reveal());
      }
    };
  }
}
