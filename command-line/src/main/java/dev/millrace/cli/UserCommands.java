package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace user ...}. */
@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    description = "Works on accounts. A USER is an id or an address.")
final class UserCommands extends Group {
  @Command(name = "list", description = "Lists everybody who has an account.")
  int list(@Mixin Connection connection, @Mixin ListOptions options) {
    return connection.call(api -> {
      Column.print(
          out(),
          options.json(),
          api.list("/api/users", Map.of(), options.most()),
          Column.of("ID", "id"),
          Column.of("ADDRESS", "email"),
          new Column("NAME", row -> (row.text("firstName") + " " + row.text("lastName")).strip()),
          Column.of("ROLE", "role"),
          Column.flag("INVITED", "isPending"),
          Column.flag("DISABLED", "disabled"));
      return ExitCodes.DONE;
    });
  }

  @Command(
      name = "invite",
      description = "Invites somebody, and prints what he accepts the invitation with.")
  int invite(
      @Mixin Connection connection,
      @Parameters(paramLabel = "ADDRESS") String address,
      @Option(
              names = "--role",
              paramLabel = "ROLE",
              defaultValue = "global:member",
              description = "In the installation (default: ${DEFAULT-VALUE}).")
          String role,
      @Option(names = "--json", description = "Print the account as JSON.") boolean json) {
    return connection.call(api -> {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("email", address);
      body.put("role", role);
      JsonObject invited = api.post("/api/users", body);
      Column.print(
          out(),
          json,
          invited,
          Column.of("ID", "id"),
          Column.of("Address", "email"),
          Column.of("Role", "role"),
          Column.of("Link", "invitationLink"),
          Column.of("Token", "invitationToken"),
          Column.flag("Sent by mail", "mailed"));
      return ExitCodes.DONE;
    });
  }

  @Command(name = "role", description = "Gives somebody another role in the installation.")
  int role(
      @Mixin Connection connection,
      @Parameters(index = "0", paramLabel = "USER") String user,
      @Parameters(
              index = "1",
              paramLabel = "ROLE",
              description = "Such as global:member or global:admin.")
          String role) {
    return connection.call(api -> {
      JsonObject changed =
          api.patch(HttpApi.path("/api/users/{}/role", id(api, user)), Map.of("role", role));
      say(changed.text("email") + " has the role " + changed.text("role") + ".");
      return ExitCodes.DONE;
    });
  }

  @Command(
      name = "remove",
      description = "Closes accounts; what is in their personal projects stays for admins.")
  int remove(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "USER") List<String> users) {
    return each(
        connection,
        users,
        (api, user) -> {
          api.delete(HttpApi.path("/api/users/{}", id(api, user)));
          say(user + " is removed.");
        });
  }

  private static String id(HttpApi api, String user) {
    if (!user.contains("@")) {
      return user;
    }
    return api.list("/api/users", Map.of(), OptionalInt.empty()).stream()
        .filter(each -> each.text("email").equalsIgnoreCase(user))
        .findFirst()
        .map(each -> each.text("id"))
        .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + user));
  }
}
