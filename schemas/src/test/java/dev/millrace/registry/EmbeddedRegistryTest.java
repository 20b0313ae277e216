package dev.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class EmbeddedRegistryTest extends SchemaRegistryContract {
  private final MemorySchemaLog log = new MemorySchemaLog();

  @Override
  SchemaRegistry open() {
    return new EmbeddedRegistry(log.reopen());
  }

  @Test
  void theFirstClaimOfAnIdCountsAndTheLoserTakesTheNext() {
    // Somebody else claims id 1 between our look at the log and our own claim of it.
    EmbeddedRegistry late = new EmbeddedRegistry(new Overtaken(log.reopen(), claim("s0", 1, 0)));

    assertThat(late.register("s1", record(1))).isEqualTo(2);

    EmbeddedRegistry restarted = new EmbeddedRegistry(log.reopen());
    assertThat(restarted.byId(1)).contains(record(0));
    assertThat(restarted.byId(2)).contains(record(1));
    assertThat(restarted.subjects()).containsExactly("s0", "s1");
  }

  @Test
  void whoIsOvertakenWithTheSameSchemaTakesTheIdOfTheFirst() {
    EmbeddedRegistry late = new EmbeddedRegistry(new Overtaken(log.reopen(), claim("s", 7, 3)));

    assertThat(late.register("s", record(3))).isEqualTo(7);

    assertThat(new EmbeddedRegistry(log.reopen()).versions("s")).containsExactly(record(3));
    assertThat(new EmbeddedRegistry(log.reopen()).byId(1)).isEmpty();
  }

  @Test
  void aSchemaHasOneIdInAllSubjects() {
    EmbeddedRegistry registry = new EmbeddedRegistry(log);

    assertThat(registry.register("a", record(1))).isEqualTo(registry.register("b", record(1)));
    assertThat(registry.versions("b")).containsExactly(record(1));
  }

  @Test
  void whatIsNoClaimIsPassedOver() {
    log.append("x", "not json".getBytes(StandardCharsets.UTF_8));
    log.append("y", Json.write(Map.of("subject", "s", "id", 1.0, "schema", "{\"type\":\"nope\"}")));
    log.append("z", Json.write(Map.of("subject", "s")));
    EmbeddedRegistry registry = new EmbeddedRegistry(log.reopen());

    assertThat(registry.subjects()).isEmpty();
    assertThat(registry.byId(registry.register("s", record(1)))).contains(record(1));
  }

  @Test
  void entriesThatAreReadTwiceChangeNothing() {
    EmbeddedRegistry registry = new EmbeddedRegistry(log);
    int id = registry.register("s", record(1));
    List<byte[]> all = log.reopen().readToEnd();
    all.forEach(entry -> log.append("again", entry));

    assertThat(registry.byId(99)).isEmpty();
    assertThat(registry.register("s", record(1))).isEqualTo(id);
    assertThat(registry.versions("s")).hasSize(1);
  }

  private static byte[] claim(String subject, int id, int record) {
    Schema schema = record(record);
    return Json.write(Map.of("subject", subject, "id", (double) id, "schema", schema.toString()));
  }

  /** A log into which somebody else writes just before the first append. */
  private static final class Overtaken implements SchemaLog {
    private final SchemaLog log;
    private byte[] first;

    Overtaken(SchemaLog log, byte[] first) {
      this.log = log;
      this.first = first;
    }

    @Override
    public void append(String key, byte[] value) {
      if (first.length > 0) {
        log.append("other", first);
        first = new byte[0];
      }
      log.append(key, value);
    }

    @Override
    public List<byte[]> readToEnd() {
      return log.readToEnd();
    }

    @Override
    public void close() {}
  }
}
