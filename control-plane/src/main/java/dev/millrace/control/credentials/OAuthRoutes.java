package dev.millrace.control.credentials;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The two ends of a sign-in at a service: where it begins, and where browsers come back to. */
final class OAuthRoutes {
  private static final String COOKIE = "millrace_oauth";

  private final OAuthSignIn signIn;

  OAuthRoutes(OAuthSignIn signIn) {
    this.signIn = signIn;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "POST",
                "/api/credentials/{id}/oauth2/authorize",
                "credentials.authorize",
                "Begin to connect a credential: where the browser has to go",
                new Access.Project(Scope.CREDENTIAL_UPDATE),
                this::begin)
            .gives(Schema.object().must("url", Schema.text()).must("redirectUri", Schema.text()))
            .fails(ErrorCode.OAUTH_FAILED),
        new Endpoint(
                "GET",
                OAuthSignIn.CALLBACK,
                "credentials.authorized",
                "Where services send browsers back to, which prove themselves by their state",
                new Access.Open(),
                this::complete)
            .queryAndOthers(
                Parameter.text("state", "What the browser was sent with"),
                Parameter.text("code", "What the service gives"),
                Parameter.text("error", "What the service says went wrong"))
            .givesText("text/html")
            .givesText(400, "text/html")
            .fails(ErrorCode.OAUTH_STATE_INVALID));
  }

  private Answer begin(Call call) {
    OAuthSignIn.Begun begun = signIn.begin(call, call.path("id"));
    String secure = signIn.redirectUri().startsWith("https:") ? "; Secure" : "";
    return Answer.ok(Map.of("url", begun.url(), "redirectUri", signIn.redirectUri()))
        .with(
            "set-cookie",
            COOKIE
                + "="
                + begun.browser()
                + "; Path="
                + OAuthSignIn.CALLBACK
                + "; Max-Age=600; HttpOnly; SameSite=Lax"
                + secure);
  }

  private Answer complete(Call call) {
    try {
      Credential connected =
          signIn.complete(
              call,
              new OAuthSignIn.Returning(call.caller().map(Principal::userId), call.cookie(COOKIE)),
              call.query("state").orElse(""),
              call.query("error").isPresent() ? Optional.empty() : call.query("code"));
      return page(200, connected.name() + " is connected. You can close this window.");
    } catch (MillraceException failed) {
      return page(400, failed.text() + ". " + failed.code().advice());
    }
  }

  private static Answer page(int status, String text) {
    String html =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Millrace</title><p>"
            + text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            + "</p></html>";
    return new Answer(
        status,
        Map.of(
            "content-type",
            "text/html; charset=utf-8",
            "content-security-policy",
            "default-src 'none'"),
        html.getBytes(StandardCharsets.UTF_8));
  }
}
