package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.Projects;
import dev.millrace.cli.n8n.ExportFiles;
import dev.millrace.cli.n8n.ImportReport;
import dev.millrace.cli.n8n.N8nExport;
import dev.millrace.cli.n8n.N8nImport;
import dev.millrace.cli.n8n.PublicApi;
import dev.millrace.cli.n8n.ReportText;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Brings what an installation of n8n has. */
@Command(
    name = "import-n8n",
    description = {
      "Brings what n8n has: workflows, credentials, tags and variables, and says what will not run.",
      "From a folder that n8n export:workflow --backup --output=DIR/workflows and"
          + " n8n export:credentials --backup --decrypted --output=DIR/credentials wrote, or from"
          + " n8n's API, which tells no credential's secrets. Run again it changes what changed"
          + " there since, and leaves the rest alone.",
    })
final class ImportN8nCommand implements Callable<Integer> {
  /** As n8n's own tools name it. */
  private static final String N8N_KEY = "N8N_API_KEY";

  private final Surroundings here;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final Connection connection;

  @Parameters(arity = "0..1", paramLabel = "DIR", description = "A folder of exports, or one file.")
  private @Nullable Path place;

  @Option(names = "--url", paramLabel = "URL", description = "n8n itself, in place of a folder.")
  private @Nullable String url;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "A key of n8n's public API (N8N_API_KEY, which other users cannot see).")
  private @Nullable String key;

  @Option(
      names = "--project",
      paramLabel = "ID|NAME",
      description =
          "Where everything goes (default: your own project, and for teams' projects of n8n those"
              + " of the same names).")
  private @Nullable String project;

  @Option(names = "--dry-run", description = "Change nothing; say what would become of everything.")
  private boolean dryRun;

  @Option(
      names = "--publish",
      description = "Publish the workflows that were active in n8n and can run here.")
  private boolean publish;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write the report there too: as JSON if it ends with .json, else as Markdown.")
  private @Nullable Path reportFile;

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  ImportN8nCommand(Surroundings here) {
    this.here = here;
    connection = new Connection(here);
  }

  @Override
  public Integer call() {
    Path folder = place;
    String server = url;
    if ((folder == null) == (server == null)) {
      throw new ParameterException(spec.commandLine(), "Name a folder, or --url with a key.");
    }
    // Before n8n is read: who is not signed in waits for nothing.
    Connection.Target target = connection.target();
    N8nExport export = folder != null ? ExportFiles.read(folder) : read(address(server));
    String source = folder != null ? folder.toString() : address(server).toString();
    try (HttpApi api = HttpApi.millrace(target.url(), target.key(), here.pause())) {
      ImportReport report =
          new N8nImport(api, new N8nImport.Options(Projects.id(api, project), dryRun, publish))
              .run(export, source);
      Path file = reportFile;
      if (file != null) {
        write(file, report);
      }
      PrintWriter out = spec.commandLine().getOut();
      out.print(json ? Json.pretty(report.json(), 2) + "\n" : ReportText.of(report));
      out.flush();
      return report.failed() ? ExitCodes.FAILED : ExitCodes.DONE;
    }
  }

  /** n8n's address without the path of its API, which many copy along. */
  private static URI address(@Nullable String text) {
    return Connection.address(
        text == null ? "" : text.strip().replaceAll("/+$", "").replaceAll("/api/v1$", ""));
  }

  private N8nExport read(URI n8n) {
    String secret =
        Optional.ofNullable(key)
            .or(() -> here.variable(N8N_KEY))
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(), "Give a key of n8n's API, by --api-key or N8N_API_KEY."));
    try (HttpApi api = HttpApi.n8n(n8n, secret, here.pause())) {
      return PublicApi.read(api);
    }
  }

  private static void write(Path file, ImportReport report) {
    String text =
        file.toString().endsWith(".json")
            ? Json.pretty(report.json(), 2) + "\n"
            : ReportText.of(report);
    try {
      Files.writeString(file, text);
    } catch (IOException failed) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          file + " cannot be written: " + failed.getClass().getSimpleName());
    }
  }
}
