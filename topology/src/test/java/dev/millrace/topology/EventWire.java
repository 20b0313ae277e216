package dev.millrace.topology;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.HistoryRecord;
import dev.millrace.engine.Event;
import dev.millrace.engine.History;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.testing.FixedRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Events as the bytes that go into the topic and the store, and back. */
public final class EventWire {
  private final AvroSerde<EventBatch> serde =
      new MillraceSerdes(new FixedRegistry()).serde(EventBatch.class);
  private final AvroSerde<HistoryRecord> histories =
      new MillraceSerdes(new FixedRegistry()).serde(HistoryRecord.class);
  private final EventWriter writer = new EventWriter(serde);

  public byte[] write(String executionId, long sequence, List<Event> events) {
    return writer.batch(
        executionId,
        "",
        "workflow-1",
        1,
        sequence,
        Instant.EPOCH,
        new EventRecords.StartDetails(null, null, null, null, null, Map.of()),
        events);
  }

  /** A history as the command carries it, read again. */
  public History carried(History history) {
    HistoryRecord record = HistoryRecords.toRecord(history);
    return HistoryRecords.toHistory(histories.fromBytes(histories.toBytes(record)));
  }

  public List<Event> read(byte[] batch) {
    return EventRecords.toEvents(serde.fromBytes(batch));
  }
}
