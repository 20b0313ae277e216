package dev.millrace.control.live;

import dev.millrace.avro.EventBatch;

/**
 * A batch of events as it was read. Shared by all who are interested: it must not be changed.
 *
 * @param bytes how large the record is
 */
record Delivery(int partition, long offset, EventBatch batch, int bytes) {}
