package dev.millrace.control.users;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
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

/** Setting up the owner, signing in and out, and one's own account. */
final class SignInEndpoints {
  private static final Schema SESSION =
      Schema.object()
          .must("accessToken", Schema.text())
          .must("expiresIn", Schema.count())
          .must("user", User.SCHEMA)
          .named("Session");

  private static final String COOKIE = "millrace_refresh";
  private static final String COOKIE_PATH = "/api/auth";
  private static final int MOST_FAILURES = 10;
  private static final Duration FAILURES_COUNT = Duration.ofMinutes(15);

  private final Database database;
  private final Users users;
  private final Passwords passwords;
  private final Sessions sessions;
  private final AccessTokens tokens;

  SignInEndpoints(
      Database database, Users users, Passwords passwords, Sessions sessions, AccessTokens tokens) {
    this.database = database;
    this.users = users;
    this.passwords = passwords;
    this.sessions = sessions;
    this.tokens = tokens;
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
                    .must("email", Schema.text(254))
                    .must("password", Schema.text(1000))
                    .may("firstName", Schema.text().orNull())
                    .may("lastName", Schema.text().orNull()))
            .gives(SESSION)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/auth/sign-in",
                "auth.signIn",
                "Begins a session by address and password",
                new Access.Open(),
                this::signIn)
            .takes(
                Schema.object().must("email", Schema.text(254)).must("password", Schema.text(1000)))
            .gives(SESSION),
        new Endpoint(
                "POST",
                "/api/auth/refresh",
                "auth.refresh",
                "Takes the cookie of a session for a new access token and cookie",
                new Access.Open(),
                this::refresh)
            .gives(SESSION),
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
                    .must("currentPassword", Schema.text(1000))
                    .must("newPassword", Schema.text(1000))));
  }

  private Answer setUp(Call call) {
    String hash = passwords.hash(Passwords.require(call.text("password")));
    User owner =
        database
            .jdbi()
            .inTransaction(handle -> {
              User created =
                  users.create(
                      handle,
                      call.text("email"),
                      call.optionalText("firstName").orElse(""),
                      call.optionalText("lastName").orElse(""),
                      Role.OWNER,
                      hash);
              Audit.note(handle, call, "installation.setUp", created.id(), "", Map.of());
              return created;
            });
    return opened(sessions.open(owner.id()), owner, call);
  }

  private Answer signIn(Call call) {
    String email = call.text("email");
    String password = call.text("password");
    String attempts = email.toLowerCase(Locale.ROOT) + " " + call.address();
    if (sessions.attempt(attempts, FAILURES_COUNT) > MOST_FAILURES) {
      throw new MillraceException(
          ErrorCode.TOO_MANY_REQUESTS,
          "There were " + MOST_FAILURES + " attempts; wait for 15 minutes");
    }
    Optional<Users.WithPassword> found = users.byEmail(email);
    String hash = found.map(Users.WithPassword::hash).orElse(null);
    boolean good =
        hash == null ? passwords.matchesNobody(password) : passwords.matches(password, hash);
    if (!good || found.isEmpty() || found.get().user().disabled()) {
      database
          .jdbi()
          .useTransaction(handle ->
              Audit.note(
                  handle,
                  call,
                  "user.signInFailed",
                  found.map(there -> there.user().id()).orElse(""),
                  "",
                  Map.of()));
      throw new MillraceException(ErrorCode.NOT_SIGNED_IN, "The address or the password is wrong");
    }
    sessions.forgetAttempts(attempts);
    User user = found.get().user();
    database
        .jdbi()
        .useTransaction(handle -> Audit.note(handle, call, "user.signIn", user.id(), "", Map.of()));
    return opened(sessions.open(user.id()), user, call);
  }

  private Answer refresh(Call call) {
    Sessions.Opened session =
        sessions.refresh(
            call.cookie(COOKIE)
                .orElseThrow(() ->
                    new MillraceException(
                        ErrorCode.NOT_SIGNED_IN, "There is no cookie of a session")));
    User user =
        users
            .find(session.userId())
            .filter(found -> !found.disabled())
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_SIGNED_IN, "The account is closed"));
    return opened(session, user, call);
  }

  private Answer signOut(Call call) {
    Principal caller = call.principal();
    caller.sessionId().ifPresent(id -> sessions.close(id, caller.userId()));
    return Answer.none().with("set-cookie", cookie("", Duration.ZERO, call));
  }

  private Answer changePassword(Call call) {
    String id = call.principal().userId();
    if (call.principal().limitedTo().isPresent()) {
      throw new MillraceException(ErrorCode.NOT_ALLOWED, "An API key cannot change a password");
    }
    String current = call.text("currentPassword");
    String hash =
        users.byEmail(call.principal().email()).map(Users.WithPassword::hash).orElse(null);
    if (hash == null || !passwords.matches(current, hash)) {
      throw Call.invalid("currentPassword is wrong");
    }
    String next = passwords.hash(Passwords.require(call.text("newPassword")));
    database
        .jdbi()
        .useTransaction(handle -> {
          users.setPassword(handle, id, next);
          Audit.note(handle, call, "user.changePassword", id, "", Map.of());
        });
    sessions.closeAll(id);
    return Answer.none();
  }

  private Map<String, @Nullable Object> me(Principal caller) {
    User user =
        users
            .find(caller.userId())
            .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "No such account"));
    Map<String, @Nullable Object> json = user.json();
    json.put(
        "scopes",
        caller.role().scopes().stream()
            .filter(caller::keyAllows)
            .map(scope -> scope.text())
            .sorted()
            .toList());
    return json;
  }

  /** The access token in the body; the other where no script of a page can read it. */
  private Answer opened(Sessions.Opened session, User user, Call call) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("accessToken", tokens.issue(session.userId(), session.id()));
    json.put("expiresIn", (double) AccessTokens.LIFE.toSeconds());
    json.put("user", user.json());
    return Answer.ok(json).with("set-cookie", cookie(session.refresh(), Sessions.LIFE, call));
  }

  private static String cookie(String value, Duration life, Call call) {
    boolean secure = call.header().apply("x-forwarded-proto").filter("https"::equals).isPresent();
    return COOKIE
        + "="
        + value
        + "; Path="
        + COOKIE_PATH
        + "; Max-Age="
        + life.toSeconds()
        + "; HttpOnly; SameSite=Strict"
        + (secure ? "; Secure" : "");
  }
}
