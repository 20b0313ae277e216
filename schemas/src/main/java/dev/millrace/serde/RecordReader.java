package dev.millrace.serde;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads a generated record that was written with this version's own schema, the counterpart of
 * {@link RecordWriter}: nearly every record is one, and Avro's reader, which can do much more, took
 * a tenth of the work on a small execution. Other versions' records are for Avro's. Thread-safe.
 */
final class RecordReader<T extends SpecificRecord> {
  /** Reads one value of a known schema. */
  @FunctionalInterface
  private interface ValueReader {
    @Nullable Object read(RecordCursor in);
  }

  private final Class<T> type;
  private final ValueReader root;

  private RecordReader(Class<T> type, ValueReader root) {
    this.type = type;
    this.root = root;
  }

  /**
   * @throws IllegalArgumentException when the schema uses a type that this class does not know
   */
  static <T extends SpecificRecord> RecordReader<T> of(
      Class<T> type, Schema schema, SpecificData model) {
    return new RecordReader<>(type, reader(schema, model));
  }

  /**
   * @throws IllegalArgumentException when the bytes are no such record
   */
  T read(byte[] bytes, int from) {
    RecordCursor in = new RecordCursor(bytes, from);
    T record = type.cast(Objects.requireNonNull(root.read(in)));
    if (!in.atEnd()) {
      throw new IllegalArgumentException("there are bytes left after its end");
    }
    return record;
  }

  private static ValueReader reader(Schema schema, SpecificData model) {
    if (schema.getLogicalType() instanceof LogicalTypes.TimestampMillis) {
      return in -> Instant.ofEpochMilli(in.readLong());
    }
    if (schema.getLogicalType() != null) {
      throw new IllegalArgumentException("no reader for " + schema);
    }
    return switch (schema.getType()) {
      case RECORD -> record(schema, model);
      case ARRAY -> array(reader(schema.getElementType(), model));
      case MAP -> map(reader(schema.getValueType(), model));
      case UNION -> union(schema, model);
      case STRING -> RecordCursor::readString;
      case BYTES -> RecordCursor::readBytes;
      case INT -> RecordCursor::readInt;
      case LONG -> RecordCursor::readLong;
      case DOUBLE -> RecordCursor::readDouble;
      case BOOLEAN -> RecordCursor::readBoolean;
      case NULL -> in -> null;
      case ENUM, FIXED, FLOAT -> throw new IllegalArgumentException("no reader for " + schema);
    };
  }

  private static ValueReader record(Schema schema, SpecificData model) {
    ValueReader[] fields =
        schema.getFields().stream()
            .map(field -> reader(field.schema(), model))
            .toArray(ValueReader[]::new);
    Class<?> recordType = model.getClass(schema);
    return in -> {
      SpecificRecord record = (SpecificRecord) SpecificData.newInstance(recordType, schema);
      for (int i = 0; i < fields.length; i++) {
        record.put(i, fields[i].read(in));
      }
      return record;
    };
  }

  private static ValueReader array(ValueReader element) {
    return in -> {
      int count = in.readBlock();
      List<@Nullable Object> list = new ArrayList<>(count);
      while (count > 0) {
        for (int i = 0; i < count; i++) {
          list.add(element.read(in));
        }
        count = in.readBlock();
      }
      return list;
    };
  }

  private static ValueReader map(ValueReader element) {
    return in -> {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      for (int count = in.readBlock(); count > 0; count = in.readBlock()) {
        for (int i = 0; i < count; i++) {
          map.put(in.readString(), element.read(in));
        }
      }
      return map;
    };
  }

  private static ValueReader union(Schema schema, SpecificData model) {
    ValueReader[] branches =
        schema.getTypes().stream().map(branch -> reader(branch, model)).toArray(ValueReader[]::new);
    return in -> {
      int branch = in.readInt();
      if (branch < 0 || branch >= branches.length) {
        throw new IllegalArgumentException("a union has no branch " + branch);
      }
      return branches[branch].read(in);
    };
  }
}
