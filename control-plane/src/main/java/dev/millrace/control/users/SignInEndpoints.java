package dev.millrace.control.users;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Setting up the owner, signing in and out, and one's own account. */
final class SignInEndpoints {
  /** Half a session: the password was right, and a code is to follow. */
  private static final Schema CHALLENGE =
      Schema.object()
          .must("next", Schema.oneOf(Challenges.Next.CODE.text(), Challenges.Next.ENROL.text()))
          .must("challenge", Schema.text())
          .must("expiresIn", Schema.count())
          .named("Challenge");

  private final Database database;
  private final Users users;
  private final Passwords passwords;
  private final Sessions sessions;
  private final SessionAnswers answers;
  private final SecondFactors factors;
  private final SignInPolicy policy;
  private final Challenges challenges;
  private final PasswordResets resets;
  private final Attempts attempts;

  SignInEndpoints(
      Database database,
      Users users,
      Passwords passwords,
      Sessions sessions,
      SessionAnswers answers,
      SecondFactors factors,
      SignInPolicy policy,
      Challenges challenges,
      PasswordResets resets,
      Attempts attempts) {
    this.database = database;
    this.users = users;
    this.passwords = passwords;
    this.sessions = sessions;
    this.answers = answers;
    this.factors = factors;
    this.policy = policy;
    this.challenges = challenges;
    this.resets = resets;
    this.attempts = attempts;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/setup",
                "setup.get",
                "Whether the installation has its owner",
                new Access.Open(),
                call -> Answer.ok(Map.of("done", users.hasOwner())))
            .gives(Schema.object().must("done", Schema.flag())),
        new Endpoint(
                "POST",
                "/api/setup",
                "setup.create",
                "Sets the installation up: the first account is its owner's",
                new Access.Open(),
                this::setUp)
            .takes(
                Schema.object()
                    .must("email", Schema.text(Users.LONGEST_EMAIL))
                    .may("firstName", Schema.text().orNull())
                    .may("lastName", Schema.text().orNull())
                    .must("password", Passwords.SCHEMA))
            .gives(SessionAnswers.SCHEMA)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/auth/sign-in",
                "auth.signIn",
                "Begins a session by address and password, or asks for a code first",
                new Access.Open(),
                this::signIn)
            .takes(
                Schema.object()
                    .must("email", Schema.text(Users.LONGEST_EMAIL))
                    .must("password", Schema.text()))
            .gives(Schema.either(SessionAnswers.SCHEMA, CHALLENGE)),
        new Endpoint(
                "POST",
                "/api/auth/refresh",
                "auth.refresh",
                "Takes the cookie of a session for a new access token and cookie",
                new Access.Open(),
                this::refresh)
            .gives(SessionAnswers.SCHEMA),
        new Endpoint(
            "POST",
            "/api/auth/sign-out",
            "auth.signOut",
            "Ends the session",
            new Access.SignedIn(),
            this::signOut),
        new Endpoint(
                "GET",
                "/api/me",
                "me.get",
                "One's own account",
                new Access.SignedIn(),
                call -> Answer.ok(me(call.principal())))
            .gives(User.fields().must("scopes", Schema.listOf(Schema.text())).named("Me")),
        new Endpoint(
                "POST",
                "/api/me/password",
                "me.changePassword",
                "Changes one's password, and ends all sessions",
                new Access.SignedIn(),
                this::changePassword)
            .takes(
                Schema.object()
                    .must("currentPassword", Schema.text())
                    .must("newPassword", Passwords.SCHEMA)));
  }

  private Answer setUp(Call call) {
    String email = call.text("email");
    String firstName = UserEndpoints.name(call, "firstName");
    String lastName = UserEndpoints.name(call, "lastName");
    String password = Passwords.require(call.text("password"));
    // Looked at before anything costly; of two that come at once the database lets one pass.
    if (users.hasOwner()) {
      throw new MillraceException(ErrorCode.CONFLICT, "The installation has its owner already");
    }
    String hash = passwords.hash(password);
    User owner =
        database
            .jdbi()
            .inTransaction(handle -> {
              User created = users.create(handle, email, firstName, lastName, Role.OWNER, hash);
              Audit.note(handle, call, "installation.setUp", created.id(), "", Map.of());
              return created;
            });
    return answers.open(owner, Sessions.Means.PASSWORD, call);
  }

  private Answer signIn(Call call) {
    String email = call.text("email");
    String password = call.text("password");
    // By both: nobody is to be kept out by who guesses at his account from elsewhere.
    Attempts.Attempt attempt =
        attempts.begin(
            "sign-in", email.toLowerCase(Locale.ROOT) + " " + call.address(), call.address());
    Optional<Users.WithPassword> found = users.byEmail(email);
    String hash = found.map(Users.WithPassword::hash).orElse(null);
    boolean good =
        hash == null ? passwords.matchesNobody(password) : passwords.matches(password, hash);
    if (!good || hash == null || found.isEmpty() || found.get().user().disabled()) {
      note(call, "user.signInFailed", found.map(there -> there.user().id()).orElse(""));
      throw new MillraceException(ErrorCode.NOT_SIGNED_IN, "The address or the password is wrong");
    }
    attempts.succeeded(attempt);
    User user = found.get().user();
    if (factors.of(user.id()).isPresent()) {
      return challenge(call, user, Challenges.Next.CODE, hash);
    }
    if (policy.secondFactorRequired()) {
      return challenge(call, user, Challenges.Next.ENROL, hash);
    }
    note(call, "user.signIn", user.id());
    return answers.open(user, Sessions.Means.PASSWORD, call);
  }

  private Answer challenge(Call call, User user, Challenges.Next next, String hash) {
    note(call, "user.challenge", user.id());
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("next", next.text());
    json.put("challenge", challenges.issue(user.id(), next, hash));
    json.put("expiresIn", (double) Challenges.LIFE.toSeconds());
    return Answer.ok(json);
  }

  private Answer refresh(Call call) {
    String token =
        answers
            .refreshToken(call)
            .orElseThrow(() ->
                new MillraceException(ErrorCode.NOT_SIGNED_IN, "There is no cookie of a session"));
    Sessions.Opened session = sessions.refresh(token);
    if (session.means() == Sessions.Means.PASSWORD && policy.secondFactorRequired()) {
      sessions.close(session.id(), session.userId());
      throw new MillraceException(
          ErrorCode.NOT_SIGNED_IN, "Everybody needs a second factor now: sign in again");
    }
    User user =
        users
            .find(session.userId())
            .filter(found -> !found.disabled())
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_SIGNED_IN, "The account is closed"));
    return answers.opened(session, user, call, Map.of());
  }

  private Answer signOut(Call call) {
    Principal caller = call.principal();
    caller.sessionId().ifPresent(id -> sessions.close(id, caller.userId()));
    return answers.forget(call);
  }

  private Answer changePassword(Call call) {
    String id = call.principal().userId();
    requireSession(call);
    String current = call.text("currentPassword");
    String next = Passwords.require(call.text("newPassword"));
    Attempts.Attempt attempt = attempts.begin("password", id, call.address());
    String hash = users.withPassword(id).map(Users.WithPassword::hash).orElse(null);
    if (hash == null || !passwords.matches(current, hash)) {
      throw Call.invalid("currentPassword is wrong");
    }
    attempts.succeeded(attempt);
    String kept = passwords.hash(next);
    database
        .jdbi()
        .useTransaction(handle -> {
          users.setPassword(handle, id, kept);
          resets.forget(handle, id);
          Audit.note(handle, call, "user.changePassword", id, "", Map.of());
        });
    sessions.closeAll(id);
    return Answer.none();
  }

  /**
   * Whoever has a key is not he whose it is.
   *
   * @throws MillraceException {@code NOT_ALLOWED} when it is an API key that calls
   */
  static void requireSession(Call call) {
    if (call.principal().sessionId().isEmpty()) {
      throw new MillraceException(
          ErrorCode.NOT_ALLOWED, "An API key cannot change how its owner signs in");
    }
  }

  private Map<String, @Nullable Object> me(Principal caller) {
    User user =
        users
            .find(caller.userId())
            .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "No such account"));
    Map<String, @Nullable Object> json = user.json();
    json.put("scopes", caller.scopes().stream().map(Scope::text).sorted().toList());
    return json;
  }

  private void note(Call call, String action, String userId) {
    database
        .jdbi()
        .useTransaction(handle -> Audit.note(handle, call, action, userId, "", Map.of()));
  }
}
