package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.mail.SmtpMail;
import dev.millrace.control.mail.SmtpSettings;
import dev.millrace.control.users.SignInSettings;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With a mail server that is there, one that is not, and none at all. */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class PasswordResetTest {
  private static final String FROM = "millrace@example.com";
  private static final Pattern TOKEN = Pattern.compile("#token=([A-Za-z0-9]{40})\\b");

  /** The requests of one test are not to count for another. */
  private final String email = Ids.next().toLowerCase(Locale.ROOT) + "@example.com";

  private final GreenMail mails =
      new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

  private Instant now = Instant.now();

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private Database.Settings settings;

  @SuppressWarnings("NullAway.Init")
  private URI redis;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @BeforeEach
  void start(Database.Settings database, URI redisUri) {
    mails.start();
    settings = database;
    redis = redisUri;
    server = serverWith(Optional.of("smtp://127.0.0.1:" + mails.getSmtp().getPort()));
    owner = server.setUp();
  }

  @AfterEach
  void stop() {
    server.close();
    mails.stop();
  }

  private ControlServer serverWith(Optional<String> smtp) {
    return new ControlServer(
        settings,
        redis,
        () -> now,
        new SignInSettings(
            smtp.map(
                url -> new SmtpMail(SmtpSettings.of(url, Optional.empty(), Optional.of(FROM)))),
            ControlServer.REQUESTS));
  }

  @Test
  void anInvitationIsMailedAndItsTokenToldToNobodyElse() throws Exception {
    Reply invited = server.call("POST", "/api/users", owner, Map.of("email", email));

    assertThat(invited.json()).containsEntry("mailed", true).doesNotContainKey("invitationToken");
    MimeMessage mail = mail(1);
    assertThat(mail.getAllRecipients()[0]).hasToString(email);
    assertThat(mail.getFrom()[0]).hasToString(FROM);
    assertThat(mail.getHeader("Auto-Submitted")).contains("auto-generated");
    assertThat(text(mail)).contains(ControlServer.PUBLIC_URL + "/accept-invitation#token=");
    assertThat(accept(token(mail)).status()).isEqualTo(200);
    assertThat(signIn("first password").status()).isEqualTo(200);
  }

  @Test
  void whoeverIsInvitedAgainCannotUseTheFirstMail() throws Exception {
    String id = server.call("POST", "/api/users", owner, Map.of("email", email)).text("id");
    String first = token(mail(1));
    now = now.plus(Duration.ofDays(8));
    owner = server.signIn("owner@example.com", "owner-password").text("accessToken");
    assertThat(accept(first).status()).isEqualTo(404);

    Reply again = server.call("POST", "/api/users/" + id + "/invitation", owner, null);

    assertThat(again.status()).isEqualTo(201);
    assertThat(accept(token(mail(2))).status()).isEqualTo(200);
    assertThat(server.call("POST", "/api/users/" + id + "/invitation", owner, null).status())
        .isEqualTo(409);
  }

  @Test
  void aMailedLinkSetsAPasswordOnceAndEndsAllSessions() throws Exception {
    String session = member();

    assertThat(request(email).status()).isEqualTo(202);
    String token = token(mail(2));
    assertThat(complete(token, "short").status()).isEqualTo(400);
    assertThat(server.call("GET", "/api/me", session, null).status()).isEqualTo(200);
    assertThat(complete(token, "second password").status()).isEqualTo(204);

    assertThat(server.call("GET", "/api/me", session, null).status()).isEqualTo(401);
    assertThat(signIn("first password").status()).isEqualTo(401);
    assertThat(signIn("second password").status()).isEqualTo(200);
    assertThat(complete(token, "third password").status()).isEqualTo(404);
    assertThat(text(mail(3))).contains("was changed");
  }

  @Test
  void aLinkIsGoodForAnHourAndUntilAnotherOneIsUsed() throws Exception {
    member();
    request(email);
    String late = token(mail(2));
    now = now.plus(Duration.ofMinutes(61));
    assertThat(complete(late, "second password").status()).isEqualTo(404);

    request(email);
    String first = token(mail(3));
    request(email);
    String second = token(mail(4));
    assertThat(complete(second, "second password").status()).isEqualTo(204);
    assertThat(complete(first, "third password").status()).isEqualTo(404);
  }

  @Test
  void nobodyLearnsWhoHasAnAccount() throws Exception {
    member();
    String pending = "pending" + email;
    server.call("POST", "/api/users", owner, Map.of("email", pending));
    arrived(2);

    Reply known = request(email.toUpperCase(Locale.ROOT));
    Reply unknown = request("nobody" + email);
    Reply invited = request(pending);

    assertThat(known.status()).isEqualTo(202);
    for (Reply other : List.of(unknown, invited)) {
      assertThat(other.status()).isEqualTo(202);
      assertThat(other.response().body()).isEqualTo(known.response().body());
    }
    // What is sent is sent in order: nothing of the others is before this one.
    request(email);
    arrived(4);
    assertThat(to(email)).isEqualTo(3);
    assertThat(to(pending)).isEqualTo(1);
  }

  @Test
  void nobodysMailboxIsFilled() throws Exception {
    member();
    for (int i = 0; i < 6; i++) {
      assertThat(request(email).status()).isEqualTo(202);
    }
    // What is sent is sent in order: nothing of the others comes after this one.
    request("owner@example.com");

    arrived(5);
    assertThat(to("owner@example.com")).isEqualTo(1);
    assertThat(to(email)).isEqualTo(4);
  }

  @Test
  void nothingOfItIsKeptInClear() throws Exception {
    member();
    request(email);
    String token = token(mail(2));

    String kept;
    try (Database database = Database.open(settings)) {
      kept =
          database
              .jdbi()
              .withHandle(handle ->
                  handle
                      .createQuery(
                          "select p::text from password_reset p union all select a::text from audit"
                              + " a")
                      .mapTo(String.class)
                      .list())
              .toString();
    }
    assertThat(kept).contains("user.requestPasswordReset").doesNotContain(token);
  }

  @Test
  void withAMailServerThatIsAwayTheLinkIsToldToWhoInvites() {
    server.close();
    server = serverWith(Optional.of("smtp://127.0.0.1:1"));
    owner = server.signIn("owner@example.com", "owner-password").text("accessToken");

    Reply invited = server.call("POST", "/api/users", owner, Map.of("email", email));

    assertThat(invited.json()).containsEntry("mailed", false);
    assertThat(accept(invited.text("invitationToken")).status()).isEqualTo(200);
    assertThat(request(email).status()).isEqualTo(202);
  }

  @Test
  void withoutMailAnAdminHandsTheLinkOnButNotTheOwners() {
    server.close();
    server = serverWith(Optional.empty());
    owner = server.signIn("owner@example.com", "owner-password").text("accessToken");
    String admin = server.join(owner, "admin" + email, "global:admin");
    String user =
        server.call("GET", "/api/me", server.join(owner, email, "global:member"), null).text("id");
    String ownerId = server.call("GET", "/api/me", owner, null).text("id");
    assertThat(server.call("GET", "/api/auth/methods", null, null).json())
        .containsEntry("passwordReset", false);

    Reply reset = server.call("POST", "/api/users/" + user + "/password-reset", admin, null);

    assertThat(reset.status()).isEqualTo(201);
    assertThat(reset.text("resetLink"))
        .isEqualTo(ControlServer.PUBLIC_URL + "/reset-password#token=" + reset.text("resetToken"));
    assertThat(complete(reset.text("resetToken"), "second password").status()).isEqualTo(204);
    assertThat(signIn("second password").status()).isEqualTo(200);
    assertThat(
            server.call("POST", "/api/users/" + ownerId + "/password-reset", admin, null).status())
        .isEqualTo(403);
  }

  /** Invites somebody by mail, accepts for him, and answers his access token. */
  private String member() throws Exception {
    server.call("POST", "/api/users", owner, Map.of("email", email));
    accept(token(mail(1)));
    return signIn("first password").text("accessToken");
  }

  private Reply accept(String token) {
    return server.call(
        "POST",
        "/api/invitations/accept",
        null,
        Map.of("token", token, "password", "first password"));
  }

  private Reply signIn(String password) {
    return server.signIn(email, password);
  }

  private Reply request(String address) {
    return server.call("POST", "/api/auth/password-reset", null, Map.of("email", address));
  }

  private Reply complete(String token, String password) {
    return server.call(
        "POST",
        "/api/auth/password-reset/complete",
        null,
        Map.of("token", token, "password", password));
  }

  /** Waits until so many have arrived. */
  private void arrived(int count) {
    assertThat(mails.waitForIncomingEmail(30_000, count)).isTrue();
  }

  /** The last of so many, which are all for the same person. */
  private MimeMessage mail(int count) {
    arrived(count);
    return mails.getReceivedMessages()[count - 1];
  }

  /** How many somebody has got. */
  private long to(String address) {
    return Arrays.stream(mails.getReceivedMessages())
        .filter(mail -> recipient(mail).equals(address))
        .count();
  }

  private static String text(MimeMessage mail) throws MessagingException, IOException {
    return String.valueOf(mail.getContent());
  }

  private static String token(MimeMessage mail) throws MessagingException, IOException {
    Matcher token = TOKEN.matcher(text(mail));
    assertThat(token.find()).isTrue();
    return token.group(1);
  }

  private static String recipient(MimeMessage mail) {
    try {
      return String.valueOf(mail.getRecipients(Message.RecipientType.TO)[0]);
    } catch (MessagingException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }
}
