package dev.millrace.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.SourceRecord;
import dev.millrace.avro.StartExecution;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {
  private final EmbeddedRegistry registry = EmbeddedRegistry.inMemory();
  private final MillraceSerdes serdes = new MillraceSerdes(registry);
  private final AvroSerde<CommandRecord> commands = serdes.serde(CommandRecord.class);

  @Test
  void aRecordComesBackEqualAndWithJavaStrings() {
    CommandRecord command = command("e1", 3, 40);

    CommandRecord back = commands.fromBytes(commands.toBytes(command));

    assertThat(back).isEqualTo(command);
    assertThat((Object) back.getExecutionId()).isInstanceOf(String.class);
    assertThat(back.getSentAt()).isEqualTo(command.getSentAt());
  }

  @Test
  void theBytesAreTheConfluentWireFormatThatAnyAvroToolReads() throws IOException {
    byte[] bytes = commands.toBytes(command("e1", 2, 10));

    assertThat(bytes[0]).isZero();
    int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
    assertThat(id).isEqualTo(commands.schemaId());
    GenericRecord generic =
        new GenericDatumReader<GenericRecord>(registry.byId(id).orElseThrow())
            .read(null, DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null));
    assertThat(generic.get("executionId")).hasToString("e1");
    assertThat(((GenericRecord) generic.get("body")).get("workflowId")).hasToString("wf");
  }

  @Test
  void nullIsATombstoneInBothDirections() {
    assertThat(commands.serializer().serialize("t", null)).isNull();
    assertThat(commands.deserializer().deserialize("t", null)).isNull();
  }

  @Test
  void onlyTheBytesOfTheRecordAreTakenFromALargerEarlierOne() {
    commands.toBytes(command("large", 1, 3_000_000));
    CommandRecord small = command("small", 1, 1);

    assertThat(commands.fromBytes(commands.toBytes(small))).isEqualTo(small);
  }

  @Test
  void aRecordOfAnotherVersionIsResolvedByItsId() throws IOException {
    // An older program that did not know the tenant, and a newer one that has a field more.
    Schema older =
        new Schema.Parser()
            .parse(
                """
                {"type":"record","name":"ReplyTo","namespace":"dev.millrace.avro","fields":[
                  {"name":"ingress","type":"string"},{"name":"requestId","type":"string"}]}\
                """);
    Schema newer =
        new Schema.Parser()
            .parse(
                """
                {"type":"record","name":"ReplyTo","namespace":"dev.millrace.avro","fields":[
                  {"name":"more","type":["null",{"type":"map","values":"bytes"}],"default":null},
                  {"name":"requestId","type":"string"},{"name":"ingress","type":"string"},
                  {"name":"partition","type":"int","default":-1}]}\
                """);
    AvroSerde<ReplyTo> serde = serdes.serde(ReplyTo.class);
    for (Schema schema : List.of(older, newer)) {
      int id = registry.register(ReplyTo.getClassSchema().getFullName(), schema);
      GenericData.Record written = new GenericData.Record(schema);
      written.put("ingress", "i1");
      written.put("requestId", "r1");
      if (schema.getField("partition") != null) {
        written.put("partition", 7);
        written.put("more", java.util.Map.of("k", ByteBuffer.wrap(new byte[] {1})));
      }

      ReplyTo read = serde.fromBytes(frame(id, written));

      assertThat(read)
          .isEqualTo(new ReplyTo("i1", "r1", schema.getField("partition") == null ? -1 : 7));
      assertThat(id).isNotEqualTo(serde.schemaId());
    }
  }

  @Test
  void aRecordOfAnotherTypeIsUnreadable() {
    byte[] source = serdes.serde(SourceRecord.class).toBytes(new SourceRecord("e1", 0, 0));

    assertThat(codeOf(() -> commands.fromBytes(source))).isEqualTo(ErrorCode.UNREADABLE_RECORD);
  }

  @Test
  void anIdThatNobodyRegisteredIsAnUnknownSchema() {
    byte[] bytes = commands.toBytes(command("e1", 1, 1));
    ByteBuffer.wrap(bytes).putInt(1, 4711);

    assertThat(codeOf(() -> commands.fromBytes(bytes))).isEqualTo(ErrorCode.UNKNOWN_SCHEMA);
  }

  @Test
  void aRegistryThatCannotBeAskedIsAnUnknownSchemaAndKnownIdsGoOn() {
    var failing =
        new SchemaRegistry() {
          @Override
          public int register(String subject, Schema schema) {
            return 1;
          }

          @Override
          public Optional<Schema> byId(int id) {
            throw new IllegalStateException("no connection");
          }

          @Override
          public void close() {}
        };
    AvroSerde<SourceRecord> serde = new MillraceSerdes(failing).serde(SourceRecord.class);
    byte[] known = serde.toBytes(new SourceRecord("e1", 0, 0));
    byte[] unknown = known.clone();
    ByteBuffer.wrap(unknown).putInt(1, 2);

    assertThat(codeOf(() -> serde.fromBytes(unknown))).isEqualTo(ErrorCode.UNKNOWN_SCHEMA);
    assertThat(serde.fromBytes(known).getNode()).isEqualTo("e1");
  }

  @Test
  void damagedBytesNeverRaiseAnythingButTheCatalogue() {
    byte[] good = commands.toBytes(command("e1", 3, 30));
    Random random = new Random(42);
    List<byte[]> bad = new ArrayList<>();
    bad.add(new byte[0]);
    bad.add("{\"hello\":1}".getBytes(StandardCharsets.UTF_8));
    for (int length = 0; length < good.length; length++) {
      bad.add(Arrays.copyOf(good, length));
    }
    bad.add(Arrays.copyOf(good, good.length + 1));
    int survived = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] flipped = good.clone();
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        flipped[random.nextInt(5, flipped.length)] = (byte) random.nextInt();
      }
      try {
        commands.fromBytes(flipped);
        survived++;
      } catch (MillraceException expected) {
        assertThat(expected.code()).isEqualTo(ErrorCode.UNREADABLE_RECORD);
      }
    }
    // Most flips land in text, where any byte is good; the rest must have been refused.
    assertThat(survived).isBetween(1, 19_999);
    for (byte[] bytes : bad) {
      assertThat(codeOf(() -> commands.fromBytes(bytes))).isEqualTo(ErrorCode.UNREADABLE_RECORD);
    }
  }

  @Test
  void aLengthThatIsLongerThanTheRecordAllocatesNothing() throws IOException {
    // An item whose JSON claims two gigabytes.
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(ByteBuffer.allocate(5).putInt(1, serdes.serde(ItemRecord.class).schemaId()).array());
    var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    encoder.writeLong(Integer.MAX_VALUE - 16L);
    encoder.flush();

    assertThat(codeOf(() -> serdes.serde(ItemRecord.class).fromBytes(out.toByteArray())))
        .isEqualTo(ErrorCode.UNREADABLE_RECORD);
  }

  @Test
  void manyThreadsShareASerde() throws Exception {
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Callable<Boolean>> jobs = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        int seed = i;
        jobs.add(() -> {
          for (int n = 0; n < 200; n++) {
            CommandRecord command = command("e" + seed + "-" + n, n % 5, seed * 7 + 1);
            if (!commands.fromBytes(commands.toBytes(command)).equals(command)) {
              return false;
            }
          }
          return true;
        });
      }
      for (Future<Boolean> job : threads.invokeAll(jobs)) {
        assertThat(job.get()).isTrue();
      }
    }
  }

  private static CommandRecord command(String execution, int items, int size) {
    List<ItemRecord> records = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      String json = "{\"text\":\"" + "x".repeat(size) + i + "\"}";
      records.add(new ItemRecord(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)), i, null));
    }
    return CommandRecord.newBuilder()
        .setExecutionId(execution)
        .setSentAt(Instant.ofEpochMilli(1_700_000_000_123L))
        .setBody(
            StartExecution.newBuilder()
                .setWorkflowId("wf")
                .setVersion(3)
                .setMode("webhook")
                .setItems(records)
                .setReplyTo(new ReplyTo("ingress", "r", 2))
                .build())
        .build();
  }

  private static byte[] frame(int id, GenericRecord written) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(ByteBuffer.allocate(5).putInt(1, id).array());
    var encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(written.getSchema()).write(written, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private static ErrorCode codeOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable reading) {
    Throwable thrown = catchThrowable(reading);
    assertThat(thrown).isInstanceOf(MillraceException.class);
    return ((MillraceException) thrown).code();
  }
}
