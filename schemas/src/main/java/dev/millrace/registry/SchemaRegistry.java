package dev.millrace.registry;

import java.util.Optional;
import org.apache.avro.Schema;

/**
 * Ids of schemas. Thread-safe. The schemas of this version are bundled, so an implementation
 * answers for them from memory after {@link #register} and no outage stops processing.
 */
public interface SchemaRegistry extends AutoCloseable {
  /**
   * The id of a schema under a subject; the schema is registered when it is new there.
   *
   * @throws dev.millrace.error.MillraceException when it is not compatible with its predecessors or
   *     the registry cannot be reached and does not know it yet
   */
  int register(String subject, Schema schema);

  /** The schema with an id, empty when there is none. */
  Optional<Schema> byId(int id);

  @Override
  void close();
}
