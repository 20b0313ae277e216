package dev.millrace.control.mail;

import dev.millrace.control.vault.Secret;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The mail server that takes letters.
 *
 * @param from the address that they come from
 */
public record SmtpSettings(
    String host, int port, Encryption encryption, Optional<Login> login, String from) {
  private static final int SMTPS_PORT = 465;
  private static final int SUBMISSION_PORT = 587;

  /** How the connection is encrypted. */
  public enum Encryption {
    /** From its beginning ({@code smtps}). */
    TLS,
    /** By STARTTLS, or nothing is sent. */
    STARTTLS,
    /** By STARTTLS where the server offers it. */
    OFFERED
  }

  /** Who sends. */
  public record Login(String user, Secret password) {}

  /**
   * Reads a URL such as {@code smtp://user@mail.example.com:587}. With a password the connection
   * must be encrypted, unless the server is on this machine.
   *
   * @param password taken before the one in the URL
   * @param from empty for the user, where that is an address, or else {@code millrace@host}
   * @throws MillraceException {@code INVALID_INPUT}; without the URL, which may hold a password
   */
  public static SmtpSettings of(String url, Optional<Secret> password, Optional<String> from) {
    URI uri = parsed(url);
    boolean tls = "smtps".equals(uri.getScheme());
    String host = uri.getHost();
    if (host == null || !(tls || "smtp".equals(uri.getScheme())) || uri.getRawQuery() != null) {
      throw invalid();
    }
    Optional<Login> login = login(uri, password);
    boolean here = host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
    Encryption encryption =
        tls
            ? Encryption.TLS
            : login.isPresent() && !here ? Encryption.STARTTLS : Encryption.OFFERED;
    int port = uri.getPort() >= 0 ? uri.getPort() : tls ? SMTPS_PORT : SUBMISSION_PORT;
    String sender =
        from.or(() -> login.map(Login::user).filter(user -> user.contains("@")))
            .orElse("millrace@" + host);
    return new SmtpSettings(host, port, encryption, login, sender);
  }

  private static Optional<Login> login(URI uri, Optional<Secret> password) {
    String both = uri.getRawUserInfo();
    if (both == null) {
      if (password.isPresent()) {
        throw new MillraceException(
            ErrorCode.INVALID_INPUT,
            "There is a password for the mail server, but its URL names no user");
      }
      return Optional.empty();
    }
    int colon = both.indexOf(':');
    String user = decoded(colon < 0 ? both : both.substring(0, colon));
    Secret known =
        password.orElseGet(() -> Secret.of(colon < 0 ? "" : decoded(both.substring(colon + 1))));
    return Optional.of(new Login(user, known));
  }

  /** Whether a URL has a password in it, which does not belong on a command line. */
  public static boolean hasPassword(String url) {
    String both = parsed(url).getRawUserInfo();
    return both != null && both.contains(":");
  }

  private static URI parsed(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException quotesTheUrl) {
      throw invalid();
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      throw invalid();
    }
  }

  private static MillraceException invalid() {
    return new MillraceException(
        ErrorCode.INVALID_INPUT,
        "The mail server needs a URL such as smtp://user@mail.example.com:587 or"
            + " smtps://mail.example.com");
  }
}
