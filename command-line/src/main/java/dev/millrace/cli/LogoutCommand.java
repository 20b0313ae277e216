package dev.millrace.cli;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.error.MillraceException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Signs out. The key is forgotten here also when the server cannot be told. */
@Command(name = "logout", description = "Signs out: makes the key of this machine invalid.")
final class LogoutCommand implements Callable<Integer> {
  private final Surroundings here;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final Connection connection;

  LogoutCommand(Surroundings here) {
    this.here = here;
    connection = new Connection(here);
  }

  @Override
  public Integer call() {
    Profiles profiles = Profiles.of(here);
    Optional<Profiles.Profile> known = profiles.find(connection.profile());
    PrintWriter out = spec.commandLine().getOut();
    if (known.isEmpty()) {
      out.println("You were not signed in.");
      out.flush();
      return ExitCodes.DONE;
    }
    Profiles.Profile profile = known.get();
    int exit = ExitCodes.DONE;
    try (HttpApi api = HttpApi.millrace(profile.url(), profile.key(), here.pause())) {
      api.delete(HttpApi.path("/api/me/api-keys/{}", profile.keyId()));
    } catch (ApiFailure refused) {
      if (refused.status() != 401 && refused.status() != 404) {
        exit = told(profile, refused);
      }
    } catch (MillraceException unreachable) {
      exit = told(profile, unreachable);
    }
    profiles.remove(connection.profile());
    out.println("Signed out of " + profile.url() + ".");
    out.flush();
    return exit;
  }

  private int told(Profiles.Profile profile, RuntimeException failure) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(ExitCodes.line(failure));
    err.println(
        "The key "
            + profile.keyId()
            + " is forgotten here, but good until "
            + profile.expiresAt()
            + " unless you delete it there.");
    err.flush();
    return ExitCodes.FAILED;
  }
}
