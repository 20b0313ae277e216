package dev.millrace.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.SourceRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.KafkaSchemaLog;
import dev.millrace.topic.TopicSetup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRegistryOnKafkaTest {
  private static final List<Schema> SCHEMAS =
      List.of(
          CommandRecord.getClassSchema(),
          EventBatch.getClassSchema(),
          ReplyRecord.getClassSchema(),
          SourceRecord.getClassSchema());

  @TempDir Path directory;

  @Test
  void instancesThatStartTogetherAgreeAndTheIdsOutliveARestart() throws Exception {
    List<Integer> ids;
    try (EmbeddedKafka kafka = start()) {
      List<EmbeddedRegistry> registries = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        registries.add(registry(kafka));
      }
      Set<List<Integer>> answers = new HashSet<>();
      try (var threads = Executors.newFixedThreadPool(3)) {
        List<Callable<List<Integer>>> jobs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          EmbeddedRegistry registry = registries.get(i);
          int first = i;
          jobs.add(() -> registerAll(registry, first));
        }
        for (Future<List<Integer>> job : threads.invokeAll(jobs)) {
          answers.add(job.get());
        }
      }
      assertThat(answers).hasSize(1);
      ids = answers.iterator().next();
      assertThat(new HashSet<>(ids)).hasSize(SCHEMAS.size());
      registries.forEach(EmbeddedRegistry::close);
    }
    try (EmbeddedKafka kafka = start();
        EmbeddedRegistry restarted = registry(kafka)) {
      for (int i = 0; i < SCHEMAS.size(); i++) {
        assertThat(restarted.byId(ids.get(i))).contains(SCHEMAS.get(i));
      }
      assertThat(registerAll(restarted, 0)).isEqualTo(ids);
    }
  }

  @Test
  void aClusterWithoutTheTopicIsAClearError() {
    try (EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0)) {
      kafka.start();

      assertThatThrownBy(
              () -> new EmbeddedRegistry(new KafkaSchemaLog(client(kafka), Duration.ofSeconds(2))))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.BROKER_UNAVAILABLE))
          .hasMessageContaining("millrace.schemas");
    }
  }

  private static List<Integer> registerAll(EmbeddedRegistry registry, int first) {
    Integer[] ids = new Integer[SCHEMAS.size()];
    for (int n = 0; n < ids.length; n++) {
      int which = (n + first) % ids.length;
      Schema schema = SCHEMAS.get(which);
      ids[which] = registry.register(schema.getFullName(), schema);
    }
    return List.of(ids);
  }

  private EmbeddedKafka start() {
    EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0);
    kafka.start();
    try (Admin admin = Admin.create(client(kafka))) {
      new TopicSetup(admin).create(2, (short) 1);
    }
    return kafka;
  }

  private static EmbeddedRegistry registry(EmbeddedKafka kafka) {
    return new EmbeddedRegistry(new KafkaSchemaLog(client(kafka)));
  }

  private static Map<String, Object> client(EmbeddedKafka kafka) {
    return Map.of("bootstrap.servers", kafka.bootstrap());
  }
}
