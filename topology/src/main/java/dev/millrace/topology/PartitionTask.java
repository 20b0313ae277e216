package dev.millrace.topology;

import org.apache.kafka.streams.processor.api.Record;

/** The work of a processor on one partition, from its init on. On one stream thread. */
interface PartitionTask {
  /**
   * Does what a record asks for, all before the first write or not at all.
   *
   * @throws RuntimeException what becomes of the record is then said by {@link #deadLetter}
   */
  void handle(Record<byte[], byte[]> record);

  /** Puts a record aside that cannot be handled. */
  void deadLetter(Record<byte[], byte[]> record, Throwable thrown);

  /** Called after each record. */
  void commitIfAwaited();
}
