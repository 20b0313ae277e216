package dev.millrace.standalone.definitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.control.db.Database;
import dev.millrace.control.workflows.OutboxRelay;
import dev.millrace.control.workflows.PublishedFiles;
import dev.millrace.control.workflows.WorkflowPublisher;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.topic.TopicSetup;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kills whoever publishes, again and again, and looks at what the topic has in the end. */
@Timeout(300)
class OutboxKillTest {
  private static final int KILLS = Integer.getInteger("millrace.kills", 4);
  private static final long SEED = Long.getLong("millrace.seed", 20);

  @TempDir private Path folder;

  @Test
  void whatWasCommittedIsPublishedOnceAndInOrderWhoeverIsKilled() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    Random random = new Random(SEED);
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder.resolve("stores"), 0);
        EmbeddedKafka kafka = new EmbeddedKafka(folder.resolve("kafka"), 0)) {
      kafka.start();
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap()))) {
        new TopicSetup(admin).create(1, (short) -1);
      }
      Map<String, Integer> committed = new HashMap<>();
      for (int kill = 0; kill < KILLS; kill++) {
        publishUntilKilled(
            postgres.settings(), kafka.bootstrap(), "life" + kill, random, committed);
      }

      Map<String, Integer> kept = finish(postgres.settings(), kafka.bootstrap());

      List<String> keys = new ArrayList<>();
      DefinitionsTopic.read(kafka.bootstrap(), (key, value) -> keys.add(key));
      for (int w = 0; w < PublishingProcess.WORKFLOWS; w++) {
        String id = "w" + w;
        int last = kept.getOrDefault(id, 0);
        assertThat(last)
            .describedAs("seed %d: %s was told to be committed", SEED, id)
            .isGreaterThanOrEqualTo(committed.getOrDefault(id, 0));
        List<String> expected = new ArrayList<>();
        for (int version = 1; version <= last; version++) {
          expected.add(id + "/" + version);
          expected.add(id);
        }
        assertThat(keys.stream().filter(key -> key.equals(id) || key.startsWith(id + "/")))
            .describedAs("seed %d: what the topic has of %s", SEED, id)
            .containsExactlyElementsOf(expected);
      }
      assertThat(committed.values().stream().mapToInt(Integer::intValue).sum())
          .isGreaterThan(KILLS * PublishingProcess.WORKFLOWS);
    }
  }

  private static void publishUntilKilled(
      Database.Settings database,
      String bootstrap,
      String life,
      Random random,
      Map<String, Integer> committed)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            PublishingProcess.class.getName(),
            database.url(),
            database.user(),
            bootstrap,
            life);
    builder.environment().put(PublishingProcess.PASSWORD, database.password());
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String line = out.readLine();
      assertThat(line).describedAs("%s publishes", life).isNotNull();
      long kill = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_000));
      while (line != null && !line.isEmpty()) {
        int slash = line.indexOf('/');
        // What was being written when it was killed may be half a line.
        if (slash > 0 && line.substring(slash + 1).matches("\\d+")) {
          committed.merge(
              line.substring(0, slash), Integer.valueOf(line.substring(slash + 1)), Math::max);
        }
        if (System.nanoTime() >= kill) {
          // The process itself would close the stream that is being read.
          process.toHandle().destroyForcibly();
        }
        line = out.readLine();
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  /** Lets a last one bring what is left, and answers the last version of each workflow. */
  private static Map<String, Integer> finish(Database.Settings settings, String bootstrap)
      throws Exception {
    try (Database database = Database.open(settings);
        EmbeddedRegistry registry = EmbeddedRegistry.onKafka(bootstrap);
        OutboxRelay relay =
            new OutboxRelay(database, bootstrap, 1 << 20, new MillraceSerdes(registry)).start()) {
      PublishedFiles files =
          new PublishedFiles(
              database, new Workflows(database), new WorkflowPublisher(1 << 20, relay::look));
      await().atMost(Duration.ofSeconds(60)).until(() -> !files.waiting());
      Map<String, Integer> last = new HashMap<>();
      for (int w = 0; w < PublishingProcess.WORKFLOWS; w++) {
        String id = "w" + w;
        files.version(id).ifPresent(version -> last.put(id, version));
      }
      return last;
    }
  }
}
