package dev.millrace.standalone.embedded;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import dev.millrace.topic.TopicSetup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
  @TempDir Path directory;

  @Test
  void topicsAndCommittedRecordsAreThereAfterARestart() throws Exception {
    try (EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0)) {
      kafka.start();
      try (Admin admin = admin(kafka)) {
        Map<Topic, Integer> partitions = new TopicSetup(admin).create(6, (short) 1);
        assertThat(partitions).containsOnlyKeys(Topic.values());
        assertThat(partitions.get(Topic.COMMANDS)).isEqualTo(6);
        assertThat(partitions.get(Topic.SCHEMAS)).isEqualTo(1);
        assertThat(settingOf(admin, Topic.DEFINITIONS, "cleanup.policy")).isEqualTo("compact");
      }
      writeInTransaction(kafka, "kept", true);
      writeInTransaction(kafka, "dropped", false);
    }
    try (EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0)) {
      kafka.start();
      try (Admin admin = admin(kafka)) {
        // Asked for other numbers, the topics stay as they are.
        assertThat(new TopicSetup(admin).create(12, (short) 1).get(Topic.COMMANDS)).isEqualTo(6);
      }
      writeInTransaction(kafka, "more", true);
      // A commit is acknowledged before its marker, which lets readers on, is written.
      await()
          .untilAsserted(() -> assertThat(committedReplies(kafka)).containsExactly("kept", "more"));
    }
  }

  @Test
  void severalRunInOneProcessAndKnowNothingOfEachOther() throws Exception {
    try (EmbeddedKafka staying = new EmbeddedKafka(directory.resolve("staying"), 0)) {
      staying.start();
      try (EmbeddedKafka leaving = new EmbeddedKafka(directory.resolve("leaving"), 0)) {
        leaving.start();
        try (Admin admin = admin(leaving)) {
          new TopicSetup(admin).create(1, (short) 1);
        }
      }
      try (Admin admin = admin(staying)) {
        assertThat(admin.listTopics().names().get()).isEmpty();
      }
    }
  }

  @Test
  void aDirectoryInUseIsAClearError() {
    try (EmbeddedKafka first = new EmbeddedKafka(directory, 0);
        EmbeddedKafka second = new EmbeddedKafka(directory, 0)) {
      first.start();

      assertThatThrownBy(second::start)
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.BROKER_UNAVAILABLE))
          .hasMessageContaining(directory.toString())
          .hasMessageContaining("used by a running Kafka");
      assertThatCode(
              () -> {
                try (Admin admin = admin(first)) {
                  new TopicSetup(admin).create(1, (short) 1);
                }
              })
          .doesNotThrowAnyException();
    }
  }

  @Test
  void aTakenPortIsAClearErrorThatNamesIt() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        EmbeddedKafka kafka = new EmbeddedKafka(directory, other.getLocalPort())) {
      assertThatThrownBy(kafka::start)
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.BROKER_UNAVAILABLE))
          .hasMessageContaining(String.valueOf(other.getLocalPort()));
    }
  }

  private static void writeInTransaction(EmbeddedKafka kafka, String value, boolean commit) {
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrap(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "test"),
            new StringSerializer(),
            new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      var _ = producer.send(new ProducerRecord<>(Topic.REPLIES.topicName(), 0, "k", value));
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
  }

  private static List<String> committedReplies(EmbeddedKafka kafka) {
    TopicPartition partition = new TopicPartition(Topic.REPLIES.topicName(), 0);
    List<String> values = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.<String, Object>of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrap(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  private static String settingOf(Admin admin, Topic topic, String key) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.topicName());
    return requireNonNull(admin.describeConfigs(List.of(resource)).all().get().get(resource))
        .get(key)
        .value();
  }

  private static Admin admin(EmbeddedKafka kafka) {
    return Admin.create(
        Map.<String, Object>of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap()));
  }
}
