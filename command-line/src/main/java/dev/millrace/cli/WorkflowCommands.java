package dev.millrace.cli;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.api.Projects;
import dev.millrace.cli.api.WorkflowFiles;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace workflow ...}. */
@Command(
    name = "workflow",
    mixinStandardHelpOptions = true,
    description = "Works on workflows: their drafts, and the versions that run.")
final class WorkflowCommands extends Group {
  @Command(name = "list", description = "Lists workflows, those changed last first.")
  int list(
      @Mixin Connection connection,
      @Mixin ListOptions options,
      @Option(names = "--project", paramLabel = "ID|NAME", description = "Those of one project.")
          @Nullable String project,
      @Option(names = "--name", paramLabel = "TEXT", description = "With this in their names.")
          @Nullable String name,
      @Option(names = "--tag", paramLabel = "NAME", description = "With this tag.")
          @Nullable String tag,
      @Option(
              names = "--active",
              negatable = true,
              description = "Those that are published (--no-active: those that are not).")
          @Nullable Boolean active,
      @Option(names = "--archived", description = "Those in the archive, in place of the others.")
          boolean archived) {
    return connection.call(api -> {
      Map<String, String> query = new LinkedHashMap<>();
      query.put("projectId", Projects.id(api, project));
      query.put("name", orEmpty(name));
      query.put("tag", orEmpty(tag));
      query.put("active", active == null ? "" : active.toString());
      query.put("archived", archived ? "true" : "");
      Column.print(
          out(),
          options.json(),
          api.list("/api/workflows", query, options.most()),
          Column.of("ID", "id"),
          Column.of("NAME", "name"),
          Column.flag("ACTIVE", "active"),
          Column.of("VERSION", "publishedVersion"),
          Column.texts("TAGS", "tags"),
          Column.time("CHANGED", "updatedAt"));
      return ExitCodes.DONE;
    });
  }

  @Command(name = "show", description = "Shows a workflow; with --json its whole draft.")
  int show(
      @Mixin Connection connection,
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--json", description = "Print it as JSON.") boolean json) {
    return connection.call(api -> {
      JsonObject workflow = api.get(HttpApi.path("/api/workflows/{}", id)).json();
      Column.print(
          out(),
          json,
          workflow,
          Column.of("ID", "id"),
          Column.of("Name", "name"),
          Column.of("Project", "projectId"),
          Column.flag("Active", "active"),
          Column.of("Published version", "publishedVersion"),
          Column.of("Revision of the draft", "revision"),
          Column.flag("Archived", "isArchived"),
          Column.texts("Tags", "tags"),
          Column.time("Made", "createdAt"),
          Column.time("Changed", "updatedAt"));
      if (!json) {
        out().println();
        Column.print(
            out(),
            false,
            workflow.objects("nodes"),
            Column.of("NODE", "name"),
            Column.of("TYPE", "type"),
            Column.of("VERSION", "typeVersion"),
            Column.flag("DISABLED", "disabled"));
      }
      return ExitCodes.DONE;
    });
  }

  @Command(
      name = "import",
      description = {
        "Brings workflows from files: one in each, or several as an array, as n8n exports them.",
        "Ids are kept where they are free; a workflow of the project that has the id gets a new draft.",
      })
  int importFiles(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "FILE", description = "- is standard input.")
          List<Path> files,
      @Option(
              names = "--project",
              paramLabel = "ID|NAME",
              description = "Where they are to be (default: your own).")
          @Nullable String project,
      @Option(names = "--publish", description = "Publish each of them.") boolean publish,
      @Option(names = "--json", description = "Print what became of each as JSON.") boolean json) {
    List<Map<String, @Nullable Object>> documents = new ArrayList<>();
    for (Path file : files) {
      documents.addAll(WorkflowFiles.read(file, connection.here().in()));
    }
    return connection.call(api -> {
      String target = Projects.id(api, project);
      List<JsonObject> done = new ArrayList<>();
      int exit = ExitCodes.DONE;
      for (Map<String, @Nullable Object> document : documents) {
        String name = new JsonObject(document).text("name");
        try {
          JsonObject imported = WorkflowFiles.bring(api, target, document);
          if (publish) {
            api.post(HttpApi.path("/api/workflows/{}/publish", imported.text("id")), null);
          }
          Map<String, @Nullable Object> told = new LinkedHashMap<>(imported.raw());
          told.put("published", publish);
          done.add(new JsonObject(told));
        } catch (ApiFailure failure) {
          if (failure.status() == 401) {
            throw failure;
          }
          err().println("\"" + Table.shown(name) + "\": " + ExitCodes.line(failure));
          err().flush();
          exit = ExitCodes.FAILED;
        }
      }
      Column.print(
          out(),
          json,
          done,
          Column.of("ID", "id"),
          Column.of("NAME", "name"),
          Column.of("OUTCOME", "outcome"),
          Column.flag("PUBLISHED", "published"));
      return exit;
    });
  }

  @Command(
      name = "export",
      description = {
        "Writes workflows as n8n exports them: DIR/ID.json each, or one to standard output.",
        "Without an ID it is all of them.",
      })
  int export(
      @Mixin Connection connection,
      @Parameters(arity = "0..*", paramLabel = "ID") @Nullable List<String> ids,
      @Option(names = "--out", paramLabel = "DIR", description = "Where the files are written.")
          @Nullable Path folder,
      @Option(names = "--project", paramLabel = "ID|NAME", description = "All of one project.")
          @Nullable String project) {
    List<String> named = ids == null ? List.of() : ids;
    if (folder == null && named.size() != 1) {
      throw wrong("Name the folder with --out, or one workflow for standard output.");
    }
    return connection.call(api -> {
      List<String> all = named;
      if (named.isEmpty()) {
        all =
            api
                .list(
                    "/api/workflows",
                    Map.of("projectId", Projects.id(api, project)),
                    OptionalInt.empty())
                .stream()
                .map(row -> row.text("id"))
                .toList();
      }
      return ExitCodes.each(
          all,
          err(),
          id -> {
            String text =
                Json.pretty(
                    WorkflowFiles.exported(api.get(HttpApi.path("/api/workflows/{}", id)).json()),
                    2);
            if (folder == null) {
              out().println(text);
              out().flush();
            } else {
              Path file = folder.resolve(WorkflowFiles.fileName(id));
              write(file, text + "\n");
              say(file.toString());
            }
          });
    });
  }

  @Command(name = "publish", description = "Makes drafts the versions that run.")
  int publish(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return each(
        connection,
        ids,
        (api, id) -> {
          JsonObject now = api.post(HttpApi.path("/api/workflows/{}/publish", id), null);
          say(
              "\""
                  + now.text("name")
                  + "\" is active in version "
                  + now.text("publishedVersion")
                  + ".");
        });
  }

  @Command(
      name = "withdraw",
      description = "Takes back what is published: nothing starts it, and what runs goes on.")
  int withdraw(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return change(connection, ids, "withdraw", "is withdrawn");
  }

  @Command(name = "archive", description = "Withdraws workflows and takes them out of lists.")
  int archive(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return change(connection, ids, "archive", "is archived");
  }

  @Command(name = "unarchive", description = "Puts archived workflows back into lists.")
  int unarchive(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return change(connection, ids, "unarchive", "is back");
  }

  @Command(name = "delete", description = "Removes workflows; what runs goes on.")
  int delete(
      @Mixin Connection connection,
      @Parameters(arity = "1..*", paramLabel = "ID") List<String> ids) {
    return deleteEach(connection, ids, "/api/workflows/{}");
  }

  private int change(Connection connection, List<String> ids, String action, String then) {
    return each(
        connection,
        ids,
        (api, id) -> {
          JsonObject now = api.post(HttpApi.path("/api/workflows/{}/{}", id, action), null);
          say("\"" + now.text("name") + "\" " + then + ".");
        });
  }

  private static void write(Path file, String text) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, text);
    } catch (IOException failed) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          file + " cannot be written: " + failed.getClass().getSimpleName());
    }
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
