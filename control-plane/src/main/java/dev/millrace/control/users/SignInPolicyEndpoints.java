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
import java.util.List;
import java.util.Map;

/** What the installation wants of everybody who signs in. */
final class SignInPolicyEndpoints {
  private static final Schema POLICY =
      Schema.object().must("secondFactorRequired", Schema.flag()).named("SignInPolicy");

  private final Database database;
  private final SignInPolicy policy;
  private final SecondFactors factors;
  private final Sessions sessions;

  SignInPolicyEndpoints(
      Database database, SignInPolicy policy, SecondFactors factors, Sessions sessions) {
    this.database = database;
    this.policy = policy;
    this.factors = factors;
    this.sessions = sessions;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/settings/sign-in",
                "settings.getSignIn",
                "What is wanted of everybody who signs in",
                new Access.Installation(Scope.SIGN_IN_MANAGE),
                call -> answer(policy.secondFactorRequired()))
            .gives(POLICY),
        new Endpoint(
                "PUT",
                "/api/settings/sign-in",
                "settings.setSignIn",
                "Says what is wanted of everybody who signs in; ends sessions of who lacks it",
                new Access.Installation(Scope.SIGN_IN_MANAGE),
                this::set)
            .takes(POLICY)
            .gives(POLICY)
            .fails(ErrorCode.CONFLICT));
  }

  private Answer set(Call call) {
    SignInEndpoints.requireSession(call);
    if (!(call.body().get("secondFactorRequired") instanceof Boolean required)) {
      throw Call.invalid("secondFactorRequired must be true or false");
    }
    if (required && factors.of(call.principal().userId()).isEmpty()) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "Set up a second factor of your own first: this ends your session");
    }
    database
        .jdbi()
        .useTransaction(handle -> {
          policy.requireSecondFactor(handle, required);
          Audit.note(
              handle, call, "settings.signIn", "", "", Map.of("secondFactorRequired", required));
        });
    if (required) {
      // Those by an identity provider begin again without noticing.
      policy.withoutSecondFactor().forEach(sessions::closeAll);
    }
    return answer(required);
  }

  private static Answer answer(boolean required) {
    return Answer.ok(Map.of("secondFactorRequired", required));
  }
}
