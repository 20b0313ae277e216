package dev.millrace.standalone.definitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.topic.Topic;
import dev.millrace.topic.TopicSetup;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class DefinitionsPublisherTest {
  private static final Instant NOW = Instant.parse("2026-03-15T14:30:45.123Z");

  private final MillraceSerdes serdes = new MillraceSerdes(EmbeddedRegistry.inMemory());
  private EmbeddedKafka kafka;

  @BeforeAll
  void start(@TempDir Path folder) {
    kafka = new EmbeddedKafka(folder, 0);
    kafka.start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()))) {
      new TopicSetup(admin).create(1, (short) -1);
    }
  }

  @AfterAll
  void stop() {
    kafka.close();
  }

  @Test
  void theVersionGrowsOnlyWithTheContent() {
    try (DefinitionsPublisher publisher = publisher()) {
      assertThat(publisher.publish("grow", workflow("a"))).isEqualTo(1);
      assertThat(publisher.publish("grow", workflow("a"))).isEqualTo(1);
      assertThat(publisher.publish("grow", workflow("b"))).isEqualTo(2);
    }
    try (DefinitionsPublisher later = publisher()) {
      DefinitionRecord current = later.current("grow").orElseThrow();
      assertThat(current.getVersion()).isEqualTo(2);
      assertThat(current.getActive()).isTrue();
      assertThat(current.getPublishedAt()).isEqualTo(NOW);
      assertThat(later.publish("grow", workflow("b"))).isEqualTo(2);
      assertThat(later.publish("grow", workflow("a"))).isEqualTo(3);
    }
  }

  @Test
  void aWithdrawnWorkflowIsNotPublishedAndItsNextVersionIsNew() {
    try (DefinitionsPublisher publisher = publisher()) {
      publisher.publish("gone", workflow("a"));
      publisher.withdraw("gone");
      publisher.withdraw("gone");
    }
    try (DefinitionsPublisher later = publisher()) {
      assertThat(later.current("gone")).isEmpty();
      assertThat(later.publish("gone", workflow("a"))).isEqualTo(2);
    }
  }

  @Test
  void aCrashBetweenTheTwoRecordsLeavesTheOldVersionCurrent() throws Exception {
    try (DefinitionsPublisher publisher = publisher()) {
      publisher.publish("half", workflow("a"));
    }
    DefinitionRecord second =
        new DefinitionRecord(
            "half", 2, true, ByteBuffer.wrap("{}".getBytes(StandardCharsets.UTF_8)), NOW);
    send("half/2", serdes.serde(DefinitionRecord.class).toBytes(second));

    try (DefinitionsPublisher later = publisher()) {
      assertThat(later.current("half").orElseThrow().getVersion()).isEqualTo(1);
      assertThat(later.publish("half", workflow("b"))).isEqualTo(3);
    }
  }

  @Test
  void anUnreadableRecordHindersNobody() throws Exception {
    send("alien", new byte[] {1, 2, 3});

    try (DefinitionsPublisher publisher = publisher()) {
      assertThat(publisher.current("alien")).isEmpty();
      assertThat(publisher.publish("alien", workflow("a"))).isEqualTo(1);
    }
  }

  private DefinitionsPublisher publisher() {
    return new DefinitionsPublisher(kafka.bootstrap(), serdes, InstantSource.fixed(NOW));
  }

  private void send(String key, byte[] value) throws Exception {
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrap()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(Topic.DEFINITIONS.topicName(), key, value)).get();
    }
  }

  private static WorkflowDocument workflow(String name) {
    return WorkflowDocument.parse(
        ("{\"name\": \"" + name + "\", \"nodes\": [], \"connections\": {}}")
            .getBytes(StandardCharsets.UTF_8));
  }
}
