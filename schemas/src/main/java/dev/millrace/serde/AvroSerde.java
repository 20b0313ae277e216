package dev.millrace.serde;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.SchemaRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * One record type in the Confluent wire format: a zero byte, the schema's id as four bytes with the
 * highest first, then Avro binary. Bytes of any registered version of the type are read into this
 * version. Null stands for null (a tombstone) in both directions. Thread-safe; {@link #serializer}
 * and {@link #deserializer} hold no resources of their own.
 *
 * @param <T> a class generated from a schema
 */
public final class AvroSerde<T extends SpecificRecord> implements Serde<T> {
  static {
    TrustedRecords.trust();
  }

  static final byte MAGIC = 0;
  static final int HEADER = 5;

  /** What a thread writes into, kept from record to record. */
  private static final ThreadLocal<RecordBuffer> BUFFER =
      ThreadLocal.withInitial(RecordBuffer::new);

  private static final ThreadLocal<@Nullable BinaryDecoder> DECODER = new ThreadLocal<>();

  private final SchemaRegistry registry;
  private final SpecificData model;
  private final Schema schema;
  private final int id;
  private final RecordWriter writer;

  private final RecordReader<T> ownReader;

  /** Readers from another writer's schema into ours, by the writer's id. They hold no state. */
  private final Map<Integer, DatumReader<T>> readers = new ConcurrentHashMap<>();

  AvroSerde(Class<T> type, SchemaRegistry registry) {
    this.registry = registry;
    this.model = SpecificData.getForClass(type);
    this.schema = model.getSchema(type);
    this.writer = RecordWriter.of(schema, model);
    this.id = registry.register(schema.getFullName(), schema);
    this.ownReader = RecordReader.of(type, schema, model);
  }

  /** Id of the schema that this version writes with. */
  public int schemaId() {
    return id;
  }

  /** A record as bytes. */
  public byte[] toBytes(T value) {
    return toBytes((Fields) out -> writer.write(value, out));
  }

  /** Writes all fields of a record, in the order of its schema. */
  @FunctionalInterface
  public interface Fields {
    void write(Encoder out) throws IOException;
  }

  /**
   * A record as bytes, written by hand. For hot paths: a test must hold the fields against {@link
   * #toBytes}.
   */
  public byte[] toBytes(Fields fields) {
    RecordBuffer buffer = BUFFER.get();
    buffer.reset();
    buffer.writeHeader(MAGIC, id);
    try {
      fields.write(buffer);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return buffer.take();
  }

  /**
   * A record from bytes.
   *
   * @throws MillraceException {@code UNKNOWN_SCHEMA} when the registry has no schema with the id,
   *     {@code UNREADABLE_RECORD} for everything else that is wrong with the bytes; nothing else is
   *     thrown
   */
  public T fromBytes(byte[] bytes) {
    if (bytes.length < HEADER || bytes[0] != MAGIC) {
      throw unreadable(
          "it does not start with a zero byte and a schema id ("
              + bytes.length
              + " bytes); was it written by another program?",
          null);
    }
    int writerId = writerId(bytes);
    if (writerId == id) {
      try {
        return ownReader.read(bytes, HEADER);
      } catch (RuntimeException damaged) {
        throw unreadable("its bytes are damaged (" + damaged + ")", damaged);
      }
    }
    DatumReader<T> reader = readerOf(writerId);
    try {
      BinaryDecoder decoder =
          DecoderFactory.get().binaryDecoder(bytes, HEADER, bytes.length - HEADER, DECODER.get());
      DECODER.set(decoder);
      // Avro takes null for "no instance to reuse".
      @SuppressWarnings("NullAway")
      T value = reader.read(null, decoder);
      if (!decoder.isEnd()) {
        throw unreadable("there are bytes left after its end", null);
      }
      return value;
    } catch (MillraceException known) {
      throw known;
    } catch (IOException | RuntimeException | StackOverflowError damaged) {
      throw unreadable("its bytes are damaged (" + damaged + ")", damaged);
    }
  }

  @Override
  public Serializer<T> serializer() {
    return (topic, value) -> value == null ? null : toBytes(value);
  }

  @Override
  public Deserializer<T> deserializer() {
    return (topic, bytes) -> bytes == null ? null : fromBytes(bytes);
  }

  private DatumReader<T> readerOf(int writerId) {
    DatumReader<T> known = readers.get(writerId);
    return known != null ? known : readers.computeIfAbsent(writerId, this::resolve);
  }

  private DatumReader<T> resolve(int writerId) {
    Schema writerSchema;
    try {
      writerSchema = registry.byId(writerId).orElse(null);
    } catch (RuntimeException outage) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_SCHEMA,
          "the registry could not be asked for the schema with id " + writerId + ": " + outage,
          outage);
    }
    if (writerSchema == null) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_SCHEMA, "no schema with id " + writerId + " is registered");
    }
    if (!schema.getFullName().equals(fullName(writerSchema))) {
      throw unreadable(
          "schema " + writerId + " describes " + fullName(writerSchema) + ", another record", null);
    }
    var compatibility =
        SchemaCompatibility.checkReaderWriterCompatibility(schema, writerSchema).getResult();
    if (compatibility.getCompatibility() != SchemaCompatibilityType.COMPATIBLE) {
      throw unreadable(
          "schema "
              + writerId
              + " cannot be read by this version: "
              + compatibility.getIncompatibilities(),
          null);
    }
    try {
      return reader(writerSchema);
    } catch (RuntimeException unresolvable) {
      throw unreadable(
          "schema " + writerId + " cannot be read by this version: " + unresolvable, unresolvable);
    }
  }

  private DatumReader<T> reader(Schema writerSchema) {
    try {
      // Built here and not on the first read by a DatumReader, which would publish it unsafely.
      return model.getFastReaderBuilder().createDatumReader(writerSchema, schema);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private MillraceException unreadable(String reason, @Nullable Throwable cause) {
    return new MillraceException(
        ErrorCode.UNREADABLE_RECORD, "the record is no " + schema.getName() + ": " + reason, cause);
  }

  private static String fullName(Schema schema) {
    return schema.getType() == Schema.Type.RECORD ? schema.getFullName() : schema.getName();
  }

  private static int writerId(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getInt(1);
  }
}
