package dev.millrace.registry;

import java.util.List;

/**
 * An ordered, durable log that every instance of the registry reads from its start and appends to.
 * All readers see the same entries in the same order. One instance of this type belongs to one
 * registry, which calls it from one thread at a time.
 */
public interface SchemaLog extends AutoCloseable {
  /**
   * Appends an entry and returns when it is durable. After an error it may be in the log or not.
   *
   * @param key unique to this entry, so that compaction keeps it
   * @throws dev.millrace.error.MillraceException {@code BROKER_UNAVAILABLE}
   */
  void append(String key, byte[] value);

  /**
   * The entries that were appended by anyone since the last call, in the log's order; after an
   * error from the start again.
   *
   * @throws dev.millrace.error.MillraceException {@code BROKER_UNAVAILABLE}
   */
  List<byte[]> readToEnd();

  @Override
  void close();
}
