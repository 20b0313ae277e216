package dev.millrace.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.NodeSkippedEvent;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.VariablesRecord;
import dev.millrace.avro.WorkflowProjectRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordWriterTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        CommandRecord.class,
        EventBatch.class,
        ReplyRecord.class,
        DefinitionRecord.class,
        IdempotencyRecord.class,
        DeadLetterRecord.class,
        VariablesRecord.class,
        WorkflowProjectRecord.class
      })
  void writesTheBytesThatAvroWrites(Class<? extends SpecificRecord> type) throws IOException {
    TrustedRecords.trust();
    SpecificData model = SpecificData.getForClass(type);
    Schema schema = model.getSchema(type);
    RecordWriter writer = RecordWriter.of(schema, model);
    RecordBuffer buffer = new RecordBuffer();
    for (int seed = 0; seed < 300; seed++) {
      SpecificRecord record = random(schema, model, seed);

      buffer.reset();
      writer.write(record, buffer);

      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(expected, null);
      new SpecificDatumWriter<SpecificRecord>(schema, model).write(record, encoder);
      encoder.flush();
      assertThat(buffer.take()).as("%s", record).isEqualTo(expected.toByteArray());
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        CommandRecord.class,
        EventBatch.class,
        ReplyRecord.class,
        DefinitionRecord.class,
        IdempotencyRecord.class,
        DeadLetterRecord.class,
        VariablesRecord.class,
        WorkflowProjectRecord.class
      })
  void readsWhatWasWrittenAndRefusesWhatIsDamaged(Class<? extends SpecificRecord> type)
      throws IOException {
    TrustedRecords.trust();
    SpecificData model = SpecificData.getForClass(type);
    Schema schema = model.getSchema(type);
    RecordWriter writer = RecordWriter.of(schema, model);
    RecordReader<? extends SpecificRecord> reader = RecordReader.of(type, schema, model);
    RecordBuffer buffer = new RecordBuffer();
    Random random = new Random(1);
    for (int seed = 0; seed < 100; seed++) {
      SpecificRecord record = random(schema, model, seed);
      buffer.reset();
      writer.write(record, buffer);
      byte[] bytes = buffer.take();

      assertThat(reader.read(bytes, 0)).isEqualTo(record);

      byte[] cutOff = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThatThrownBy(() -> reader.read(cutOff, 0)).isInstanceOf(IllegalArgumentException.class);
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Throwable thrown = catchThrowable(() -> reader.read(damaged, 0));
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void readsBlocksThatSayTheirSizeInBytes() {
    Schema schema = EventBatch.getClassSchema();
    SpecificData model = SpecificData.getForClass(EventBatch.class);
    RecordReader<EventBatch> reader = RecordReader.of(EventBatch.class, schema, model);
    // Four empty texts and numbers, then a block of one event in six bytes, then the end.
    byte[] bytes = {0, 0, 0, 2, 0, 0, 1, 12, 4, 6, 'S', 'e', 't', 0};

    assertThat(reader.read(bytes, 0).getEvents()).containsExactly(new NodeSkippedEvent("Set"));
  }

  @Test
  void writesThePrimitivesThatNoRecordUsesYet() throws IOException {
    RecordBuffer buffer = new RecordBuffer();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(expected, null);
    for (var each : new org.apache.avro.io.Encoder[] {buffer, encoder}) {
      each.writeFloat(-1.5f);
      each.writeDouble(Math.PI);
      each.writeLong(Long.MIN_VALUE);
      each.writeInt(Integer.MAX_VALUE);
      each.writeFixed(new byte[] {1, 2, 3}, 1, 2);
      each.writeString("ä€😀");
      each.flush();
    }

    assertThat(buffer.take()).isEqualTo(expected.toByteArray());
  }

  @Test
  void refusesASchemaThatItDoesNotKnowHowToWrite() {
    Schema schema = SchemaBuilder.record("R").fields().requiredFloat("f").endRecord();

    assertThatThrownBy(() -> RecordWriter.of(schema, SpecificData.get()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("float");
  }

  private static SpecificRecord random(Schema schema, SpecificData model, int seed)
      throws IOException {
    Object generic = new RandomData(schema, 1, new Random(seed).nextLong()).iterator().next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(generic, encoder);
    encoder.flush();
    return new SpecificDatumReader<SpecificRecord>(schema, schema, model)
        .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
  }
}
