package dev.millrace.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes a generated record as Avro's own writer does, byte for byte, by a tree of writers that is
 * made once from the schema: what Avro looks up for each value (field, conversion, branch of a
 * union) is decided here beforehand. Avro brings such a tree for reading only, and its writer was
 * 15 % of the work on a small execution. Thread-safe.
 *
 * <p>Knows what our schemas use: records, arrays, maps, unions, {@code timestamp-millis}, and the
 * primitive types but float. An unknown one is refused when the writer is made.
 */
final class RecordWriter {
  /** Writes one value of a known schema. */
  @FunctionalInterface
  private interface ValueWriter {
    void write(Encoder out, @Nullable Object value) throws IOException;
  }

  /** A branch of a union and the values that belong to it. */
  private record Branch(Class<?> type, ValueWriter writer) {}

  private final ValueWriter root;

  private RecordWriter(ValueWriter root) {
    this.root = root;
  }

  /**
   * @throws IllegalArgumentException when the schema uses a type that this class does not know
   */
  static RecordWriter of(Schema schema, SpecificData model) {
    return new RecordWriter(writer(schema, model));
  }

  void write(SpecificRecord record, Encoder out) throws IOException {
    root.write(out, record);
  }

  private static ValueWriter writer(Schema schema, SpecificData model) {
    if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
      return (out, value) -> out.writeLong(((Instant) present(value)).toEpochMilli());
    }
    if (schema.getLogicalType() != null) {
      throw new IllegalArgumentException("no writer for " + schema);
    }
    return switch (schema.getType()) {
      case RECORD -> record(schema, model);
      case ARRAY -> array(writer(schema.getElementType(), model));
      case MAP -> map(writer(schema.getValueType(), model));
      case UNION -> union(schema, model);
      case STRING -> (out, value) -> out.writeString(present(value).toString());
      case BYTES -> (out, value) -> out.writeBytes((ByteBuffer) present(value));
      case INT -> (out, value) -> out.writeInt((Integer) present(value));
      case LONG -> (out, value) -> out.writeLong((Long) present(value));
      case DOUBLE -> (out, value) -> out.writeDouble((Double) present(value));
      case BOOLEAN -> (out, value) -> out.writeBoolean((Boolean) present(value));
      case NULL -> (out, value) -> {};
      case ENUM, FIXED, FLOAT -> throw new IllegalArgumentException("no writer for " + schema);
    };
  }

  private static ValueWriter record(Schema schema, SpecificData model) {
    ValueWriter[] fields =
        schema.getFields().stream()
            .map(field -> writer(field.schema(), model))
            .toArray(ValueWriter[]::new);
    return (out, value) -> {
      SpecificRecord record = (SpecificRecord) present(value);
      for (int i = 0; i < fields.length; i++) {
        fields[i].write(out, record.get(i));
      }
    };
  }

  private static ValueWriter array(ValueWriter element) {
    return (out, value) -> {
      List<?> list = (List<?>) present(value);
      out.writeArrayStart();
      out.setItemCount(list.size());
      for (Object each : list) {
        out.startItem();
        element.write(out, each);
      }
      out.writeArrayEnd();
    };
  }

  private static ValueWriter map(ValueWriter element) {
    return (out, value) -> {
      Map<?, ?> map = (Map<?, ?>) present(value);
      out.writeMapStart();
      out.setItemCount(map.size());
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.startItem();
        out.writeString(entry.getKey().toString());
        element.write(out, entry.getValue());
      }
      out.writeMapEnd();
    };
  }

  private static ValueWriter union(Schema schema, SpecificData model) {
    List<Branch> branches = new ArrayList<>();
    for (Schema type : schema.getTypes()) {
      branches.add(new Branch(javaType(type, model), writer(type, model)));
    }
    Branch[] all = branches.toArray(Branch[]::new);
    return (out, value) -> {
      Class<?> type = value == null ? Void.class : value.getClass();
      for (int i = 0; i < all.length; i++) {
        if (all[i].type() == type || all[i].type().isAssignableFrom(type)) {
          out.writeIndex(i);
          all[i].writer().write(out, value);
          return;
        }
      }
      throw new IllegalArgumentException("a " + type.getName() + " is not in " + schema);
    };
  }

  private static Class<?> javaType(Schema schema, SpecificData model) {
    return switch (schema.getType()) {
      case NULL -> Void.class;
      case RECORD -> model.getClass(schema);
      case STRING -> CharSequence.class;
      case BYTES -> ByteBuffer.class;
      case ARRAY -> List.class;
      case MAP -> Map.class;
      case INT -> Integer.class;
      case LONG -> schema.getLogicalType() == null ? Long.class : Instant.class;
      case DOUBLE -> Double.class;
      case BOOLEAN -> Boolean.class;
      case UNION, ENUM, FIXED, FLOAT ->
          throw new IllegalArgumentException("no writer for " + schema);
    };
  }

  private static Object present(@Nullable Object value) {
    if (value == null) {
      throw new NullPointerException("null where the schema wants a value");
    }
    return value;
  }
}
