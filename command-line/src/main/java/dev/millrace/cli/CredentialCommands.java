package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.api.Projects;
import dev.millrace.cli.api.WorkflowFiles;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code millrace credential ...}. No command prints a secret, and none takes one as an argument.
 */
@Command(
    name = "credential",
    mixinStandardHelpOptions = true,
    description = "Works on credentials. Secrets come from files, standard input or the terminal.")
final class CredentialCommands extends Group {
  /** Properties that only explain the others. */
  private static final Set<String> NOT_FIELDS = Set.of("notice", "hidden", "button", "callout");

  @Command(name = "types", description = "Lists the types of credentials that are known.")
  int types(
      @Mixin Connection connection,
      @Option(names = "--search", paramLabel = "TEXT", description = "With this in their names.")
          @Nullable String search,
      @Option(names = "--json", description = "Print them as JSON.") boolean json) {
    String part = search == null ? "" : search.toLowerCase(Locale.ROOT);
    return connection.call(api -> {
      List<JsonObject> types =
          api.all("/api/credential-types").stream()
              .filter(type ->
                  (type.text("name") + " " + type.text("displayName"))
                      .toLowerCase(Locale.ROOT)
                      .contains(part))
              .toList();
      Column.print(
          out(),
          json,
          types,
          Column.of("TYPE", "name"),
          Column.of("NAME", "displayName"),
          Column.flag("TESTABLE", "testable"),
          Column.flag("OAUTH2", "oAuth2"));
      return ExitCodes.DONE;
    });
  }

  @Command(name = "list", description = "Lists credentials, without what is in them.")
  int list(
      @Mixin Connection connection,
      @Mixin ListOptions options,
      @Option(names = "--type", paramLabel = "TYPE", description = "Those of one type.")
          @Nullable String type,
      @Option(names = "--project", paramLabel = "ID|NAME", description = "Those of one project.")
          @Nullable String project) {
    return connection.call(api -> {
      Map<String, String> query = new LinkedHashMap<>();
      query.put("type", type == null ? "" : type);
      query.put("projectId", Projects.id(api, project));
      Column.print(
          out(),
          options.json(),
          api.list("/api/credentials", query, options.most()),
          Column.of("ID", "id"),
          Column.of("NAME", "name"),
          Column.of("TYPE", "type"),
          Column.of("PROJECT", "projectId"),
          Column.time("CHANGED", "updatedAt"));
      return ExitCodes.DONE;
    });
  }

  @Command(
      name = "export-schema",
      description = "Prints the fields of a type of credentials as JSON.")
  int exportSchema(@Mixin Connection connection, @Parameters(paramLabel = "TYPE") String type) {
    return connection.call(api -> {
      out().println(Json.pretty(schema(api, type).raw(), 2));
      out().flush();
      return ExitCodes.DONE;
    });
  }

  @Command(
      name = "create",
      description = {
        "Makes a credential.",
        "Its fields come from a JSON object in FILE, or are asked for one by one.",
      })
  int create(
      @Mixin Connection connection,
      @Option(names = "--type", required = true, paramLabel = "TYPE", description = "See types.")
          String type,
      @Option(names = "--name", required = true, paramLabel = "NAME", description = "For people.")
          String name,
      @Option(
              names = "--project",
              paramLabel = "ID|NAME",
              description = "Where it is to be (default: your own).")
          @Nullable String project,
      @Option(
              names = "--data",
              paramLabel = "FILE",
              description = "A JSON object of the fields; - is standard input.")
          @Nullable Path data,
      @Option(names = "--json", description = "Print what was made as JSON.") boolean json) {
    if (data == null && !connection.here().prompt().atTerminal()) {
      throw wrong("Name a file with --data; there is no terminal to ask for the fields at.");
    }
    return connection.call(api -> {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("type", type);
      body.put("name", name);
      String target = Projects.id(api, project);
      body.put("projectId", target.isEmpty() ? Projects.own(api) : target);
      body.put(
          "data",
          data == null
              ? asked(schema(api, type), connection.here().prompt())
              : object(data, connection));
      JsonObject made = api.post("/api/credentials", body);
      if (json) {
        Column.print(out(), true, made);
      } else {
        say(made.text("id"));
      }
      return ExitCodes.DONE;
    });
  }

  private static Map<String, @Nullable Object> object(Path file, Connection connection) {
    Object value = secretJson(file, connection);
    if (!(value instanceof Map<?, ?>)) {
      throw new MillraceException(ErrorCode.INVALID_JSON, file + " holds no JSON object");
    }
    return JsonObject.of(value).raw();
  }

  private static @Nullable Object secretJson(Path file, Connection connection) {
    try {
      return WorkflowFiles.json(file, connection.here().in());
    } catch (MillraceException broken) {
      if (broken.code() == ErrorCode.INVALID_JSON) {
        // What a parser says could quote a secret.
        throw new MillraceException(ErrorCode.INVALID_JSON, file + " is not JSON");
      }
      throw broken;
    }
  }

  private static JsonObject schema(HttpApi api, String type) {
    JsonObject schema = api.get(HttpApi.path("/api/credential-types/{}/schema", type)).json();
    if (!schema.flag("known")) {
      throw new MillraceException(
          ErrorCode.NOT_FOUND, "The type \"" + type + "\" is not known at " + api.base());
    }
    return schema;
  }

  /** The fields as somebody at the terminal fills them in; nothing keeps what is preset. */
  private static Map<String, @Nullable Object> asked(JsonObject schema, Prompt prompt) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (JsonObject field : schema.objects("properties")) {
      if (NOT_FIELDS.contains(field.text("type"))) {
        continue;
      }
      Object preset = field.raw().get("default");
      String question =
          field.text("displayName")
              + field.objects("options").stream()
                  .map(option -> option.text("value"))
                  .reduce((one, other) -> one + "|" + other)
                  .map(choices -> " (" + choices + ")")
                  .orElse("")
              + (preset == null || preset.equals("") || field.flag("secret")
                  ? ""
                  : " [" + (preset instanceof String text ? text : Json.text(preset)) + "]");
      String answer = field.flag("secret") ? prompt.secret(question) : prompt.line(question);
      if (!answer.isEmpty()) {
        fields.put(field.text("name"), value(field.text("type"), answer));
      }
    }
    return fields;
  }

  private static @Nullable Object value(String type, String answer) {
    return switch (type) {
      case "number", "boolean" -> {
        try {
          yield Json.parse(answer);
        } catch (MillraceException text) {
          yield answer;
        }
      }
      default -> answer;
    };
  }

  @Command(
      name = "import",
      description = {
        "Takes over a decrypted export of n8n (n8n export:credentials --all --decrypted).",
        "Ids are kept where they are free, because workflows name them.",
      })
  int importFile(
      @Mixin Connection connection,
      @Parameters(paramLabel = "FILE", description = "- is standard input.") Path file,
      @Option(
              names = "--project",
              paramLabel = "ID|NAME",
              description = "Where they are to be (default: your own).")
          @Nullable String project,
      @Option(names = "--json", description = "Print what became of each as JSON.") boolean json) {
    Object value = secretJson(file, connection);
    List<@Nullable Object> entries = new ArrayList<>();
    if (value instanceof List<?> several) {
      entries.addAll(several);
    } else {
      entries.add(value);
    }
    return connection.call(api -> {
      String target = Projects.id(api, project);
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("projectId", target.isEmpty() ? Projects.own(api) : target);
      body.put("credentials", entries);
      Column.print(
          out(),
          json,
          api.post("/api/credentials/import", body).objects("data"),
          Column.of("ID", "id"),
          Column.of("NAME", "name"),
          Column.of("TYPE", "type"),
          Column.of("OUTCOME", "outcome"));
      return ExitCodes.DONE;
    });
  }

  @Command(
      name = "test",
      description = "Tries credentials out at their services; exit code 0 when all work.")
  int test(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return connection.call(api -> {
      List<String> bad = new ArrayList<>();
      int exit =
          ExitCodes.each(
              ids,
              err(),
              id -> {
                JsonObject result = api.post(HttpApi.path("/api/credentials/{}/test", id), null);
                say(id + ": " + result.text("status") + "  " + result.text("message"));
                if (!result.text("status").equals("OK")) {
                  bad.add(id);
                }
              });
      return exit == ExitCodes.DONE && !bad.isEmpty() ? ExitCodes.FAILED : exit;
    });
  }

  @Command(name = "delete", description = "Removes credentials.")
  int delete(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return deleteEach(connection, ids, "/api/credentials/{}");
  }
}
