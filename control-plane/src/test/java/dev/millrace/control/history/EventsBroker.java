package dev.millrace.control.history;

import dev.millrace.topic.Topic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** One Kafka broker in this process, with the events topic. */
public final class EventsBroker implements AutoCloseable {
  public static final int PARTITIONS = 2;
  private static final int LARGEST = 40 << 20;

  private final KafkaRaftServer server;
  private final String bootstrapServers;
  private final KafkaProducer<byte[], byte[]> producer;

  public EventsBroker(Path folder) throws Exception {
    int port = freePort();
    int controller = freePort();
    Properties properties = new Properties();
    Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@127.0.0.1:" + controller,
            "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller,
            "controller.listener.names", "CONTROLLER",
            "log.dirs", folder.toString(),
            "offsets.topic.replication.factor", "1",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "message.max.bytes", String.valueOf(LARGEST))
        .forEach(properties::setProperty);
    properties.setProperty("transaction.state.log.num.partitions", "1");
    properties.setProperty("offsets.topic.num.partitions", "1");
    properties.setProperty("group.initial.rebalance.delay.ms", "0");
    new Formatter()
        .setClusterId(Uuid.randomUuid().toString())
        .setNodeId(1)
        .setControllerListenerName("CONTROLLER")
        .setMetadataLogDirectory(folder.toString())
        .addDirectory(folder.toString())
        .run();
    server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
    server.startup();
    bootstrapServers = "127.0.0.1:" + port;
    try (Admin admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(Topic.EVENTS.topicName(), PARTITIONS, (short) 1)))
          .all()
          .get();
    }
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "transactional.id",
                "engine",
                "max.request.size",
                LARGEST,
                "buffer.memory",
                2L * LARGEST),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
  }

  public String bootstrapServers() {
    return bootstrapServers;
  }

  Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  /** Writes records in one transaction. */
  void write(List<EventRecord> records, boolean commit) {
    producer.beginTransaction();
    for (EventRecord record : records) {
      var unused =
          producer.send(
              new ProducerRecord<>(
                  Topic.EVENTS.topicName(),
                  record.place().partition(),
                  new byte[0],
                  record.value()));
    }
    producer.flush();
    if (commit) {
      producer.commitTransaction();
    } else {
      producer.abortTransaction();
    }
  }

  /** Writes one record of an execution, where an engine would. */
  public void write(String executionId, byte[] value, boolean commit) {
    producer.beginTransaction();
    var unused =
        producer.send(
            new ProducerRecord<>(
                Topic.EVENTS.topicName(), executionId.getBytes(StandardCharsets.UTF_8), value));
    producer.flush();
    if (commit) {
      producer.commitTransaction();
    } else {
      producer.abortTransaction();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    producer.close();
    server.shutdown();
    server.awaitShutdown();
  }
}
