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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The second step of signing in, and one's authenticator and recovery codes. */
final class SecondFactorEndpoints {
  private static final int LONGEST_CODE = 40;
  private static final int LONGEST_CHALLENGE = 2048;
  private static final Schema CODE = Schema.text(LONGEST_CODE);
  private static final Schema CHALLENGE = Schema.text(LONGEST_CHALLENGE);
  private static final Schema CODES = Schema.listOf(Schema.text());

  private static final Schema ENROLMENT =
      Schema.object().must("secret", Schema.text()).must("uri", Schema.text()).named("Enrolment");

  private static final Schema RECOVERY_CODES =
      Schema.object().must("recoveryCodes", CODES).named("RecoveryCodes");

  private final Database database;
  private final Users users;
  private final Rights rights;
  private final Passwords passwords;
  private final Sessions sessions;
  private final SessionAnswers answers;
  private final SecondFactors factors;
  private final SignInPolicy policy;
  private final Challenges challenges;
  private final Attempts attempts;

  SecondFactorEndpoints(
      Database database,
      Users users,
      Rights rights,
      Passwords passwords,
      Sessions sessions,
      SessionAnswers answers,
      SecondFactors factors,
      SignInPolicy policy,
      Challenges challenges,
      Attempts attempts) {
    this.database = database;
    this.users = users;
    this.rights = rights;
    this.passwords = passwords;
    this.sessions = sessions;
    this.answers = answers;
    this.factors = factors;
    this.policy = policy;
    this.challenges = challenges;
    this.attempts = attempts;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "POST",
                "/api/auth/second-factor",
                "auth.secondFactor",
                "Begins a session by a challenge and a code, or a recovery code",
                new Access.Open(),
                this::signIn)
            .takes(
                Schema.object()
                    .must("challenge", CHALLENGE)
                    .may("code", CODE)
                    .may("recoveryCode", CODE))
            .gives(SessionAnswers.SCHEMA)
            .fails(ErrorCode.WRONG_CODE),
        new Endpoint(
                "POST",
                "/api/auth/second-factor/enrol",
                "auth.enrol",
                "Gives who must have one the secret for an authenticator",
                new Access.Open(),
                this::enrolBySignIn)
            .takes(Schema.object().must("challenge", CHALLENGE))
            .gives(ENROLMENT)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/auth/second-factor/confirm",
                "auth.confirm",
                "Lets an authenticator count, by a code of it, and begins a session",
                new Access.Open(),
                this::confirmBySignIn)
            .takes(Schema.object().must("challenge", CHALLENGE).must("code", CODE))
            .gives(
                SessionAnswers.FIELDS
                    .must("recoveryCodes", CODES)
                    .named("SessionWithRecoveryCodes"))
            .fails(ErrorCode.WRONG_CODE),
        new Endpoint(
                "GET",
                "/api/me/second-factor",
                "me.secondFactor",
                "Whether one has an authenticator, and how many recovery codes are left",
                new Access.SignedIn(),
                this::standing)
            .gives(
                Schema.object()
                    .must("enabled", Schema.flag())
                    .must("since", Schema.time().orNull())
                    .must("recoveryCodesLeft", Schema.count())
                    .must("required", Schema.flag())),
        new Endpoint(
                "POST",
                "/api/me/second-factor/enrol",
                "me.enrol",
                "Gives the secret for an authenticator, this once",
                new Access.SignedIn(),
                this::enrol)
            .takes(Schema.object().must("password", Schema.text()))
            .gives(ENROLMENT)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/me/second-factor/confirm",
                "me.confirm",
                "Lets an authenticator count, by a code of it; the answer has recovery codes",
                new Access.SignedIn(),
                this::confirm)
            .takes(Schema.object().must("code", CODE))
            .gives(RECOVERY_CODES)
            .fails(ErrorCode.WRONG_CODE),
        new Endpoint(
                "POST",
                "/api/me/second-factor/recovery-codes",
                "me.recoveryCodes",
                "Makes new recovery codes in place of those before",
                new Access.SignedIn(),
                this::newRecoveryCodes)
            .takes(Schema.object().must("code", CODE))
            .gives(RECOVERY_CODES)
            .fails(ErrorCode.WRONG_CODE),
        new Endpoint(
                "POST",
                "/api/me/second-factor/disable",
                "me.disableSecondFactor",
                "Forgets one's authenticator, by password and code",
                new Access.SignedIn(),
                this::disable)
            .takes(
                Schema.object()
                    .must("password", Schema.text())
                    .may("code", CODE)
                    .may("recoveryCode", CODE))
            .fails(ErrorCode.WRONG_CODE, ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/users/{id}/second-factor",
            "users.resetSecondFactor",
            "Forgets the authenticator of somebody who has lost it, and ends his sessions",
            new Access.Installation(Scope.USER_RESET),
            this::reset));
  }

  private Answer signIn(Call call) {
    String challenge = call.text("challenge");
    User user = challenges.of(challenge, Challenges.Next.CODE, users);
    requireTaken(call, user.id(), "user.signIn");
    challenges.use(challenge);
    return answers.open(user, Sessions.Means.SECOND_FACTOR, call);
  }

  private Answer enrolBySignIn(Call call) {
    User user = challenges.of(call.text("challenge"), Challenges.Next.ENROL, users);
    // Not a proof, but something that is done now and then.
    attempts.begin("enrolment", user.id(), call.address());
    return Answer.ok(begun(call, user.id(), user.email()));
  }

  private Answer confirmBySignIn(Call call) {
    String challenge = call.text("challenge");
    User user = challenges.of(challenge, Challenges.Next.ENROL, users);
    List<String> codes = confirmed(call, user.id());
    challenges.use(challenge);
    return answers.opened(
        sessions.open(user.id(), Sessions.Means.SECOND_FACTOR),
        user,
        call,
        Map.of("recoveryCodes", codes));
  }

  private Answer standing(Call call) {
    Optional<SecondFactors.Standing> standing = factors.of(call.principal().userId());
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("enabled", standing.isPresent());
    json.put("since", standing.map(there -> there.since().toString()).orElse(null));
    json.put(
        "recoveryCodesLeft",
        (double) standing.map(SecondFactors.Standing::recoveryCodes).orElse(0));
    json.put("required", policy.secondFactorRequired());
    return Answer.ok(json);
  }

  private Answer enrol(Call call) {
    requirePassword(call);
    return Answer.ok(begun(call, call.principal().userId(), call.principal().email()));
  }

  private Map<String, @Nullable Object> begun(Call call, String userId, String email) {
    SecondFactors.Enrolment enrolment =
        database
            .jdbi()
            .inTransaction(handle -> {
              Audit.note(handle, call, "secondFactor.enrol", userId, "", Map.of());
              return factors.begin(handle, userId, email);
            })
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.CONFLICT, "There is a second factor already; disable it first"));
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("secret", enrolment.secret());
    json.put("uri", enrolment.uri());
    return json;
  }

  private Answer confirm(Call call) {
    SignInEndpoints.requireSession(call);
    return Answer.ok(Map.of("recoveryCodes", confirmed(call, call.principal().userId())));
  }

  private List<String> confirmed(Call call, String userId) {
    Attempts.Attempt attempt = attempts.begin("code", userId, call.address());
    List<String> codes =
        database
            .jdbi()
            .inTransaction(handle -> {
              Optional<List<String>> confirmed = factors.confirm(handle, userId, call.text("code"));
              note(handle, call, userId, "secondFactor.confirm", confirmed.isPresent());
              return confirmed;
            })
            .orElseThrow(SecondFactorEndpoints::wrongCode);
    attempts.succeeded(attempt);
    return codes;
  }

  private Answer newRecoveryCodes(Call call) {
    SignInEndpoints.requireSession(call);
    String userId = call.principal().userId();
    requireTaken(call, userId, "secondFactor.recoveryCodes");
    List<String> codes =
        database.jdbi().inTransaction(handle -> factors.newRecoveryCodes(handle, userId));
    return Answer.ok(Map.of("recoveryCodes", codes));
  }

  private Answer disable(Call call) {
    if (policy.secondFactorRequired()) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "Everybody has to have a second factor here; an admin can reset it");
    }
    requirePassword(call);
    String userId = call.principal().userId();
    requireTaken(call, userId, "secondFactor.disable");
    database.jdbi().useTransaction(handle -> factors.remove(handle, userId));
    return Answer.none();
  }

  private Answer reset(Call call) {
    String id = call.path("id");
    User user =
        users
            .find(id)
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + id));
    rights.requireOver(call.principal(), user);
    boolean removed =
        database
            .jdbi()
            .inTransaction(handle -> {
              boolean there = factors.remove(handle, id);
              if (there) {
                Audit.note(handle, call, "secondFactor.reset", id, "", Map.of());
              }
              return there;
            });
    if (!removed) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "The account has no second factor");
    }
    sessions.closeAll(id);
    return Answer.none();
  }

  /**
   * Takes the code, or recovery code, of the call. What is done with it, or that it was wrong, is
   * noted; so it counts also if nothing is done after it.
   *
   * @throws MillraceException {@code WRONG_CODE}
   */
  private void requireTaken(Call call, String userId, String action) {
    Optional<String> recovery = call.optionalText("recoveryCode");
    String code = recovery.isPresent() ? recovery.get() : call.text("code");
    Attempts.Attempt attempt = attempts.begin("code", userId, call.address());
    boolean taken =
        database
            .jdbi()
            .inTransaction(handle -> {
              boolean right =
                  recovery.isPresent()
                      ? factors.takeRecoveryCode(handle, userId, code)
                      : factors.takeCode(handle, userId, code);
              note(handle, call, userId, action, right);
              return right;
            });
    if (!taken) {
      throw wrongCode();
    }
    attempts.succeeded(attempt);
  }

  private static void note(Handle handle, Call call, String userId, String action, boolean right) {
    Audit.note(
        handle,
        call,
        right ? action : "secondFactor.refused",
        userId,
        "",
        right ? Map.of() : Map.of("for", action));
  }

  private void requirePassword(Call call) {
    SignInEndpoints.requireSession(call);
    String userId = call.principal().userId();
    Attempts.Attempt attempt = attempts.begin("password", userId, call.address());
    String hash = users.withPassword(userId).map(Users.WithPassword::hash).orElse(null);
    if (hash == null || !passwords.matches(call.text("password"), hash)) {
      throw Call.invalid("password is wrong");
    }
    attempts.succeeded(attempt);
  }

  private static MillraceException wrongCode() {
    return new MillraceException(ErrorCode.WRONG_CODE, "The code is wrong, or was used already");
  }
}
