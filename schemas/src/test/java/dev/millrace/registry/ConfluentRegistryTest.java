package dev.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.SourceRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.MillraceSerdes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import org.apache.avro.Schema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConfluentRegistryTest extends SchemaRegistryContract {
  private final ConfluentProtocolServer server;
  private final TestClock clock = new TestClock();

  ConfluentRegistryTest() throws IOException {
    server = new ConfluentProtocolServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Override
  SchemaRegistry open() {
    return new ConfluentRegistry(server.url(), clock);
  }

  @Test
  void confluentsOwnClientAndOursUnderstandEachOther() throws Exception {
    RestService theirs = new RestService(server.url().toString());
    try (SchemaRegistry ours = open()) {
      int id = ours.register("a subject/with signs", SourceRecord.getClassSchema());
      assertThat(new Schema.Parser().parse(theirs.getId(id).getSchemaString()))
          .isEqualTo(SourceRecord.getClassSchema());

      int theirId = theirs.registerSchema(ReplyRecord.getClassSchema().toString(), "replies");
      assertThat(ours.byId(theirId)).contains(ReplyRecord.getClassSchema());
      assertThat(ours.register("replies", ReplyRecord.getClassSchema())).isEqualTo(theirId);
      assertThatThrownBy(() -> theirs.getId(999))
          .isInstanceOfSatisfying(
              RestClientException.class, e -> assertThat(e.getErrorCode()).isEqualTo(40403));
    }
  }

  @Test
  void anOutageAfterTheStartStopsNothing() {
    try (SchemaRegistry registry = open()) {
      var serde = new MillraceSerdes(registry).serde(SourceRecord.class);
      SourceRecord source = new SourceRecord("e", 0, 0);
      server.close();

      assertThat(serde.fromBytes(serde.toBytes(source))).isEqualTo(source);
      assertThat(
              registry.register(SourceRecord.getClassSchema().getFullName(), SourceRecord.SCHEMA$))
          .isEqualTo(serde.schemaId());
      assertThatThrownBy(() -> registry.register("new", record(1)))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE));
    }
  }

  @Test
  void knownSchemasAndMissingIdsAreAskedForOnce() {
    try (SchemaRegistry registry = open()) {
      int id = registry.register("s", record(1));
      int before = server.requests.size();

      for (int i = 0; i < 100; i++) {
        assertThat(registry.byId(id)).isPresent();
        assertThat(registry.byId(77)).isEmpty();
      }
      assertThat(server.requestsSince(before)).containsExactly("GET /schemas/ids/77");

      clock.now = clock.now.plus(ConfluentRegistry.ASK_AGAIN);
      assertThat(registry.byId(77)).isEmpty();
      assertThat(server.requestsSince(before)).hasSize(2);
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsNotWaitedForAgainAndAgain() throws IOException {
    // Connections wait in its backlog for somebody to take them.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        SchemaRegistry registry =
            new ConfluentRegistry(URI.create("http://127.0.0.1:" + silent.getLocalPort()), clock)) {
      assertThatThrownBy(() -> registry.byId(1)).isInstanceOf(MillraceException.class);

      long begin = System.nanoTime();
      for (int i = 0; i < 1_000; i++) {
        int id = i;
        assertThatThrownBy(() -> registry.byId(id))
            .isInstanceOfSatisfying(
                MillraceException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isLessThan(ConfluentRegistry.LOOKUP_PATIENCE.multipliedBy(10));

      clock.now = clock.now.plus(ConfluentRegistry.ASK_AGAIN);
      begin = System.nanoTime();
      assertThatThrownBy(() -> registry.byId(1)).isInstanceOf(MillraceException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(ConfluentRegistry.LOOKUP_PATIENCE);
    }
  }

  @Test
  void aServerThatFailsIsUnavailableAndItsAnswerIsNotKept() {
    try (SchemaRegistry registry = open()) {
      server.failWith = 500;
      assertThatThrownBy(() -> registry.byId(1))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE))
          .hasMessageContaining("500")
          .hasMessageContaining("broken");

      server.failWith = 0;
      int id = registry.register("s", record(1));
      assertThat(registry.byId(id)).contains(record(1));
    }
  }

  @Test
  void credentialsAreSentAndNeverShown() {
    server.requiredAuthorization = "Basic dXNlcjpzZWNyZXQ=";
    URI url = URI.create(server.url().toString().replace("//", "//user:secret@"));
    try (SchemaRegistry allowed = new ConfluentRegistry(url, clock);
        SchemaRegistry stranger = open()) {
      assertThat(allowed.register("s", record(1))).isPositive();
      assertThatThrownBy(() -> stranger.register("s", record(1))).hasMessageContaining("401");
      server.failWith = 503;
      assertThatThrownBy(() -> allowed.register("s", record(2)))
          .hasMessageContaining("503")
          .message()
          .doesNotContain("secret");
    }
  }
}
