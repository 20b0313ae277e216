package dev.millrace.control.users;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A new password for who has forgotten his. */
final class PasswordResetEndpoints {
  private static final int LONGEST_TOKEN = 100;

  /** Nobody's mailbox is filled by who knows his address. */
  private static final long MAILS_OF_ACCOUNT = 3;

  private static final Duration WINDOW = Duration.ofHours(1);

  private final Database database;
  private final Users users;
  private final Rights rights;
  private final Passwords passwords;
  private final Sessions sessions;
  private final PasswordResets resets;
  private final AccountMail mail;
  private final Attempts attempts;

  PasswordResetEndpoints(
      Database database,
      Users users,
      Rights rights,
      Passwords passwords,
      Sessions sessions,
      PasswordResets resets,
      AccountMail mail,
      Attempts attempts) {
    this.database = database;
    this.users = users;
    this.rights = rights;
    this.passwords = passwords;
    this.sessions = sessions;
    this.resets = resets;
    this.mail = mail;
    this.attempts = attempts;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "POST",
                "/api/auth/password-reset",
                "auth.requestReset",
                "Sends a link to a new password, where there is such an account; says the same"
                    + " where there is none",
                new Access.Open(),
                this::request)
            .takes(Schema.object().must("email", Schema.text(Users.LONGEST_EMAIL)))
            .accepts(Schema.object()),
        new Endpoint(
                "POST",
                "/api/auth/password-reset/complete",
                "auth.completeReset",
                "Sets a new password by the token of a mail, and ends all sessions",
                new Access.Open(),
                this::complete)
            .takes(
                Schema.object()
                    .must("token", Schema.text(LONGEST_TOKEN))
                    .must("password", Passwords.SCHEMA))
            .fails(ErrorCode.NOT_FOUND),
        new Endpoint(
                "POST",
                "/api/users/{id}/password-reset",
                "users.resetPassword",
                "Sends somebody a link to a new password; without mail the answer has it",
                new Access.Installation(Scope.USER_RESET),
                this::requestFor)
            .creates(
                Schema.object()
                    .must("mailed", Schema.flag())
                    .may("resetToken", Schema.text())
                    .may("resetLink", Schema.text()))
            .fails(ErrorCode.CONFLICT));
  }

  private Answer request(Call call) {
    String email = call.text("email").strip();
    attempts.ask("password-reset", call.address());
    // Everything from here on is the same for every address, and takes as long.
    boolean allowed =
        attempts.allows(
            "password-reset mail", email.toLowerCase(Locale.ROOT), MAILS_OF_ACCOUNT, WINDOW);
    String token = PasswordResets.newToken();
    Optional<User> user =
        database
            .jdbi()
            .inTransaction(handle -> {
              Optional<User> found = resets.create(handle, email, token, users);
              Audit.note(
                  handle,
                  call,
                  "user.requestPasswordReset",
                  found.map(User::id).orElse(""),
                  "",
                  Map.of());
              return found;
            });
    if (allowed) {
      user.ifPresent(there -> mail.resetLater(there.email(), token));
    }
    return Answer.accepted(Map.of());
  }

  private Answer requestFor(Call call) {
    String id = call.path("id");
    User user =
        users
            .find(id)
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + id));
    // Whoever sees the link can sign in as the other.
    rights.requireOver(call.principal(), user);
    String token = PasswordResets.newToken();
    boolean created =
        database
            .jdbi()
            .inTransaction(handle -> {
              boolean there = resets.create(handle, user.email(), token, users).isPresent();
              if (there) {
                Audit.note(handle, call, "user.resetPassword", id, "", Map.of());
              }
              return there;
            });
    if (!created) {
      throw new MillraceException(
          ErrorCode.CONFLICT,
          "The account has no password: it is closed, was not accepted yet, or signs in elsewhere");
    }
    boolean mailed = mail.reset(user.email(), token);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("mailed", mailed);
    if (!mailed) {
      json.put("resetToken", token);
      json.put("resetLink", mail.resetLink(token));
    }
    return Answer.created(json);
  }

  private Answer complete(Call call) {
    String token = call.text("token");
    String password = Passwords.require(call.text("password"));
    Attempts.Attempt attempt = attempts.begin("password-reset", token, call.address());
    // Nothing is hashed for who has no token.
    if (database.jdbi().withHandle(handle -> resets.find(handle, token)).isEmpty()) {
      throw noReset();
    }
    String hash = passwords.hash(password);
    String userId =
        database
            .jdbi()
            .inTransaction(handle -> {
              String id = resets.take(handle, token).orElseThrow(PasswordResetEndpoints::noReset);
              users.setPassword(handle, id, hash);
              Audit.note(handle, call, "user.completePasswordReset", id, "", Map.of());
              return id;
            });
    sessions.closeAll(userId);
    attempts.succeeded(attempt);
    users.find(userId).ifPresent(user -> mail.passwordChangedLater(user.email()));
    return Answer.none();
  }

  private static MillraceException noReset() {
    return new MillraceException(
        ErrorCode.NOT_FOUND, "The link is not good, or not any more: ask for another");
  }
}
