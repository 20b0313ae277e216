package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.control.db.Database;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.standalone.embedded.RedisSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ControlStoresTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("millrace.home", "..")).resolve("examples");

  @TempDir private Path data;

  @Test
  void whatIsNamedIsNotStarted() throws Exception {
    Database.Settings database =
        Database.Settings.of("jdbc:postgresql://db.example.com/millrace", "millrace", "secret");
    RedisSettings redis = RedisSettings.of("redis://r.example.com", Optional.empty());
    try (DataFolder folder = DataFolder.open(data);
        ControlStores stores =
            ControlStores.start(
                folder, new ControlStores.Settings(Optional.of(database), Optional.of(redis)))) {
      stores.await();

      assertThat(stores.database()).isEqualTo(database);
      assertThat(stores.redis()).isEqualTo(redis);
      assertThat(data.resolve("postgres.log")).doesNotExist();
      assertThat(data.resolve("redis")).doesNotExist();
    }
  }

  @Test
  void webhooksAnswerWhileBothAreAway() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    LocalServer.Settings settings =
        LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED);
    try (LocalServer server = new LocalServer(DataFolder.open(data), settings);
        HttpClient client = HttpClient.newHttpClient()) {
      String url =
          server.start(
              0, List.of(new LocalServer.Published(EXAMPLES, WorkflowFolder.Listener.STRICT)));
      List<ProcessHandle> children = children();
      assertThat(children).hasSize(2);

      children.forEach(ProcessHandle::destroyForcibly);

      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(url + "/webhook/hello"))
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"Ada\"}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> children().stream().filter(child -> !children.contains(child)).count() == 2);
    }
    assertThat(children()).isEmpty();
  }

  /** The servers that this test started. */
  private List<ProcessHandle> children() throws Exception {
    String folder = data.toRealPath().toString();
    return ProcessHandle.current()
        .children()
        .filter(child -> read(child, "cmdline").contains(folder) || workingBelow(child, folder))
        .toList();
  }

  private static boolean workingBelow(ProcessHandle process, String folder) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
          .toString()
          .startsWith(folder);
    } catch (java.io.IOException gone) {
      return false;
    }
  }

  private static String read(ProcessHandle process, String file) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/" + file));
    } catch (java.io.IOException gone) {
      return "";
    }
  }
}
