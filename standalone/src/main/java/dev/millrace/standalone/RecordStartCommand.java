package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Starts a server on a folder of its own, calls the examples a few times and stops. The launcher
 * runs it once after a build, in a process that writes down which classes and methods it used.
 */
@Command(name = "record-start", hidden = true)
final class RecordStartCommand implements Callable<Integer> {
  private static final int CALLS = 100;

  private static final Map<String, String> EXAMPLES =
      Map.of(
          "hello", "{\"name\":\"Ada\"}",
          "order", "{\"customer\":\"Ada\",\"quantity\":3,\"price\":50}",
          "batches", "{\"numbers\":[1,2,3,4,5]}",
          "words", "{\"text\":\"to be or not to be\"}");

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path examples = Path.of(System.getProperty("millrace.home", ".")).resolve("examples");
    DataFolder data = DataFolder.temporary();
    try (LocalServer server = new LocalServer(data, settings())) {
      if (EmbeddedPostgres.isSupported()) {
        // Its servers may run as another user, who has to get to their folders in this one.
        Files.setPosixFilePermissions(data.root(), PosixFilePermissions.fromString("rwx--x--x"));
      }
      if (!Files.isDirectory(examples)) {
        server.start(0, List.of());
        return 0;
      }
      // The examples' own tests look at what becomes of them.
      String url =
          server.start(
              0, List.of(new LocalServer.Published(examples, WorkflowFolder.Listener.STRICT)));
      try (HttpClient client = HttpClient.newHttpClient()) {
        for (int i = 0; i < CALLS; i++) {
          for (Map.Entry<String, String> example : EXAMPLES.entrySet()) {
            call(client, url + "/webhook/" + example.getKey(), example.getValue());
          }
        }
      }
    }
    return 0;
  }

  /** With the clients of what is started beside the process, where that runs. */
  private static LocalServer.Settings settings() {
    return EmbeddedPostgres.isSupported()
        ? LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED)
        : LocalServer.Settings.DEFAULT;
  }

  private static void call(HttpClient client, String url, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new MillraceException(
          ErrorCode.INTERNAL, url + " answered " + answer.statusCode() + ": " + answer.body());
    }
  }
}
