package dev.millrace.serde;

import dev.millrace.registry.SchemaRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * The serdes of one process, one per record type. A type's schema is registered when its serde is
 * first asked for, under the record's full name as subject, so ask at start: what comes after needs
 * no registry. Thread-safe.
 */
public final class MillraceSerdes {
  private final SchemaRegistry registry;
  private final Map<Class<?>, AvroSerde<?>> serdes = new ConcurrentHashMap<>();

  public MillraceSerdes(SchemaRegistry registry) {
    this.registry = registry;
  }

  /**
   * The serde of a generated record class.
   *
   * @throws dev.millrace.error.MillraceException when the registry refuses the schema, or cannot be
   *     reached and does not know it yet
   */
  @SuppressWarnings("unchecked") // The map holds each class's own serde.
  public <T extends SpecificRecord> AvroSerde<T> serde(Class<T> type) {
    return (AvroSerde<T>) serdes.computeIfAbsent(type, t -> new AvroSerde<>(type, registry));
  }
}
