package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.BinaryStore;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole way through a real broker, with an engine of the test's own behind it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KafkaIngressTest {
  private final SchemaRegistry registry = EmbeddedRegistry.inMemory();
  private final MillraceSerdes serdes = new MillraceSerdes(registry);
  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<CommandRecord> commands = new LinkedBlockingQueue<>();
  private TestBroker broker;
  private KafkaProducer<String, byte[]> plain;
  private KafkaProducer<String, byte[]> transactional;
  private PollingThread commandReader;
  private IngressServer ingress;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    broker = new TestBroker(folder);
    plain = producer(Map.of());
    transactional = producer(Map.of("transactional.id", "engine"));
    transactional.initTransactions();
    publish("early", "{\"httpMethod\":\"POST\",\"path\":\"early\",\"responseMode\":\"lastNode\"}");

    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "auto.offset.reset", "earliest"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(Consumers.partitions(consumer, Topic.COMMANDS));
    var deserializer = serdes.serde(CommandRecord.class).deserializer();
    commandReader =
        new PollingThread(
            "test-engine",
            consumer,
            record -> {
              CommandRecord command = deserializer.deserialize(record.topic(), record.value());
              assertThat(record.key()).isEqualTo(command.getExecutionId());
              commands.add(command);
            },
            () -> {});
    commandReader.start();
    ingress =
        IngressServer.start(
            settings(broker.bootstrapServers()),
            registry,
            CredentialStore.none(),
            IngressFixture.ENGINE,
            BinaryStore.none(),
            null);
    assertThat(ingress.awaitReady(Duration.ofSeconds(60))).isTrue();
  }

  @AfterAll
  void stop() {
    ingress.close();
    commandReader.close();
    plain.close();
    transactional.close();
    broker.close();
    client.close();
  }

  private static IngressSettings settings(String bootstrapServers) {
    return IngressSettings.defaults(bootstrapServers).withListener("127.0.0.1", 0);
  }

  private KafkaProducer<String, byte[]> producer(Map<String, Object> more) {
    Map<String, Object> config = new java.util.HashMap<>(more);
    config.put("bootstrap.servers", broker.bootstrapServers());
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  private void publish(String workflowId, String parameters) throws Exception {
    String json =
        "{\"nodes\":[%s],\"connections\":{}}".formatted(IngressFixture.node(2.1, parameters, "{}"));
    var record =
        new DefinitionRecord(workflowId, 1, true, IngressFixture.utf8(json), Instant.now());
    plain
        .send(
            new ProducerRecord<>(
                Topic.DEFINITIONS.topicName(),
                workflowId,
                serdes.serde(DefinitionRecord.class).toBytes(record)))
        .get();
  }

  private ProducerRecord<String, byte[]> record(CommandRecord command, ReplyRecord reply) {
    ReplyTo to = IngressFixture.start(command).getReplyTo();
    return new ProducerRecord<>(
        Topic.REPLIES.topicName(),
        to.getPartition(),
        to.getIngress(),
        serdes.serde(ReplyRecord.class).toBytes(reply));
  }

  private CompletableFuture<HttpResponse<String>> post(String path, String body) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ingress.port() + path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private CommandRecord command() throws InterruptedException {
    CommandRecord command = commands.poll(20, TimeUnit.SECONDS);
    assertThat(command).isNotNull();
    return command;
  }

  @Test
  void aCallerIsToldWhatIsCommittedAndNothingElse() throws Exception {
    CompletableFuture<HttpResponse<String>> call = post("/webhook/early", "{\"n\":1}");
    CommandRecord command = command();

    // Neither a record that cannot be read nor somebody else's reply stops the reader.
    ReplyTo to = IngressFixture.start(command).getReplyTo();
    plain
        .send(
            new ProducerRecord<>(
                Topic.REPLIES.topicName(), to.getPartition(), to.getIngress(), new byte[] {1, 2}))
        .get();
    plain
        .send(
            new ProducerRecord<>(
                Topic.REPLIES.topicName(), to.getPartition(), "another", new byte[] {1, 2}))
        .get();

    transactional.beginTransaction();
    transactional
        .send(record(command, IngressFixture.success(command, "{\"aborted\":true}")))
        .get();
    assertThat(call.isDone()).isFalse();
    transactional.abortTransaction();

    transactional.beginTransaction();
    transactional
        .send(record(command, IngressFixture.success(command, "{\"committed\":true}")))
        .get();
    assertThat(call.isDone()).isFalse();
    transactional.commitTransaction();

    HttpResponse<String> response = call.get(20, TimeUnit.SECONDS);
    assertThat(response.body()).isEqualTo("{\"committed\":true}");
    assertThat(response.headers().firstValue("X-Millrace-Execution-Id"))
        .hasValue(command.getExecutionId());
  }

  @Test
  void anEngineInThisProcessMayHandTheReplyOverItself() throws Exception {
    CompletableFuture<HttpResponse<String>> call = post("/webhook/early", "{}");
    CommandRecord command = command();
    ReplyRecord reply = IngressFixture.success(command, "{\"direct\":1}");
    assertThat(ingress.replies().complete(reply)).isTrue();
    plain.send(record(command, reply)).get();
    assertThat(call.get(20, TimeUnit.SECONDS).body()).isEqualTo("{\"direct\":1}");
  }

  @Test
  void routesFollowTheDefinitionsTopic() throws Exception {
    assertThat(post("/webhook/late", "{}").get().statusCode()).isEqualTo(404);
    plain
        .send(new ProducerRecord<>(Topic.DEFINITIONS.topicName(), "broken", new byte[] {0, 1, 2}))
        .get();
    publish("late", "{\"httpMethod\":\"POST\",\"path\":\"late\"}");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> post("/webhook/late", "{\"first\":1}").get().statusCode() == 200);
    assertThat(IngressFixture.item(command()).get("body")).isEqualTo(Map.of("first", 1.0));

    publish("intruder", "{\"httpMethod\":\"POST\",\"path\":\"late\"}");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(ingress.problems())
                .extracting(WebhookProblem::workflowId, WebhookProblem::code)
                .containsExactly(
                    org.assertj.core.api.Assertions.tuple("intruder", ErrorCode.WEBHOOK_CONFLICT)));

    plain.send(new ProducerRecord<>(Topic.DEFINITIONS.topicName(), "intruder", null)).get();
    plain.send(new ProducerRecord<>(Topic.DEFINITIONS.topicName(), "late", null)).get();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> post("/webhook/late", "{}").get().statusCode() == 404);
    commands.clear();
  }

  @Test
  void theLargestBodyArrives() throws Exception {
    String body = "\"" + "x".repeat(16 * 1024 * 1024 - 2) + "\"";
    CompletableFuture<HttpResponse<String>> call = post("/webhook/early", body);
    CommandRecord command = command();
    assertThat(IngressFixture.item(command).get("body")).asString().hasSize(body.length() - 2);
    ingress.replies().complete(IngressFixture.success(command, "{}"));
    assertThat(call.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    assertThat(post("/webhook/early", body + " ").get(20, TimeUnit.SECONDS).statusCode())
        .isEqualTo(413);
  }

  @Test
  void withoutABrokerNothingIsAcknowledged() throws Exception {
    IngressSettings.Kafka nobody =
        new IngressSettings.Kafka("127.0.0.1:1", 0, Duration.ofMillis(600), Map.of());
    IngressSettings settings =
        new IngressSettings(
            "127.0.0.1",
            0,
            java.util.Optional.empty(),
            0,
            "default",
            IngressSettings.Limits.defaults(),
            nobody);
    CommandRecord command =
        new CommandRecord(
            "id", "default", Instant.now(), new dev.millrace.avro.CancelExecution(""));
    try (KafkaCommandSender sender =
        new KafkaCommandSender(settings, serdes.serde(CommandRecord.class).serializer())) {
      CompletableFuture<MillraceException> failure = new CompletableFuture<>();
      sender.send(command, failure::complete);
      assertThat(failure.get(20, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.BROKER_UNAVAILABLE);
    }
  }

  @Test
  void aTopicThatIsMissingIsSaidAtTheStart() {
    try (KafkaConsumer<String, byte[]> consumer =
        Consumers.create(settings(broker.bootstrapServers()).kafka(), "earliest")) {
      assertThatThrownBy(() -> Consumers.partitions(consumer, Topic.DEAD_LETTERS))
          .isInstanceOf(MillraceException.class)
          .hasMessageContaining("millrace.dead-letters does not exist");
    }
  }
}
