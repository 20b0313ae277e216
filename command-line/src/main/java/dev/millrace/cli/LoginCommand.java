package dev.millrace.cli;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Signs in. The password is used once, to make an API key, and the session that it needs is ended
 * again: nothing but the key stays.
 */
@Command(
    name = "login",
    description =
        "Signs in: takes your address and password for an API key of this machine, and keeps the key"
            + " in ~/.config/millrace/credentials.json, where only you can read it.")
final class LoginCommand implements Callable<Integer> {
  private static final int LONGEST_LABEL = 100;
  private static final int LONGEST_LIFE = 3650;

  private final Surroundings here;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final Connection connection;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The server (MILLRACE_URL; else " + Connection.HERE + ").")
  private @Nullable String url;

  @Option(names = "--email", paramLabel = "ADDRESS", description = "Yours; asked for otherwise.")
  private @Nullable String email;

  @Option(
      names = "--password-stdin",
      description = "Take the password from the first line of standard input.")
  private boolean passwordFromInput;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "90",
      description = "How long the key is good for (default: ${DEFAULT-VALUE}).")
  private int days;

  LoginCommand(Surroundings here) {
    this.here = here;
    connection = new Connection(here);
  }

  @Override
  public Integer call() {
    if (days < 1 || days > LONGEST_LIFE) {
      throw new ParameterException(
          spec.commandLine(), "--days must be a number from 1 to " + LONGEST_LIFE + ".");
    }
    String named = url;
    URI server =
        Connection.address(
            named == null ? here.variable(Connection.URL).orElse(Connection.HERE) : named);
    PrintWriter err = spec.commandLine().getErr();
    if (!server.getScheme().equalsIgnoreCase("https") && !local(server.getHost())) {
      err.println("Note: " + server + " is not https; whoever listens can read your password.");
      err.flush();
    }
    Profiles profiles = Profiles.of(here);
    Optional<Profiles.Profile> before = profiles.find(connection.profile());
    Profiles.Profile profile = signIn(server);
    profiles.put(connection.profile(), profile);
    before
        .filter(old -> old.url().equals(server) && old.email().equals(profile.email()))
        .ifPresent(old -> forget(profile, old));
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "Signed in at "
            + server
            + " as "
            + Table.shown(profile.email())
            + " until "
            + profile.expiresAt()
            + (connection.profile().equals(Profiles.PRESET)
                ? ""
                : ", with --profile " + connection.profile())
            + ".");
    out.flush();
    return ExitCodes.DONE;
  }

  private Profiles.Profile signIn(URI server) {
    JsonObject session;
    try (HttpApi nobody = HttpApi.open(server, here.pause())) {
      if (!nobody.get("/api/setup").json().flag("done")) {
        throw new MillraceException(
            ErrorCode.NOT_SIGNED_IN,
            "Nobody has set up "
                + server
                + " yet: make the owner's account first, by POST /api/setup with email and password");
      }
      String address = email;
      Map<String, @Nullable Object> proof = new LinkedHashMap<>();
      proof.put("email", address == null ? here.prompt().line("Address") : address);
      proof.put(
          "password",
          passwordFromInput ? here.prompt().piped("Password") : here.prompt().secret("Password"));
      JsonObject answer = nobody.post("/api/auth/sign-in", proof);
      session = answer.has("challenge") ? secondFactor(nobody, answer) : answer;
    }
    Instant expires =
        here.clock().instant().plus(Duration.ofDays(days)).truncatedTo(ChronoUnit.SECONDS);
    try (HttpApi signedIn = HttpApi.millrace(server, session.text("accessToken"), here.pause())) {
      Map<String, @Nullable Object> wanted = new LinkedHashMap<>();
      wanted.put("label", label());
      wanted.put("expiresAt", expires.toString());
      JsonObject key = signedIn.post("/api/me/api-keys", wanted);
      signedIn.post("/api/auth/sign-out", null);
      return new Profiles.Profile(
          server,
          key.text("key"),
          key.text("id"),
          session.object("user").text("email"),
          expires.toString());
    }
  }

  /** Goes on with a code, where the password was only the first half. */
  private JsonObject secondFactor(HttpApi nobody, JsonObject challenge) {
    if (!challenge.text("next").equals("code")) {
      throw new MillraceException(
          ErrorCode.NOT_SIGNED_IN,
          "Your account needs an authenticator before you can sign in: set one up first");
    }
    String code = here.prompt().line("Code of your authenticator, or a recovery code").strip();
    Map<String, @Nullable Object> proof = new LinkedHashMap<>();
    proof.put("challenge", challenge.text("challenge"));
    proof.put(code.matches("\\d{6}") ? "code" : "recoveryCode", code);
    return nobody.post("/api/auth/second-factor", proof);
  }

  /** The key of the sign-in before is of no use any more; where it is gone already, so be it. */
  private void forget(Profiles.Profile now, Profiles.Profile old) {
    try (HttpApi api = HttpApi.millrace(now.url(), now.key(), here.pause())) {
      api.delete(HttpApi.path("/api/me/api-keys/{}", old.keyId()));
    } catch (ApiFailure gone) {
      if (gone.status() != 404) {
        throw gone;
      }
    }
  }

  private String label() {
    String label = "Command line on " + Table.shown(here.machine().get()).strip();
    return label.length() > LONGEST_LABEL ? label.substring(0, LONGEST_LABEL) : label;
  }

  private static boolean local(String host) {
    return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}");
  }
}
