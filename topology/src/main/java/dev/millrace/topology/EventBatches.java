package dev.millrace.topology;

import dev.millrace.engine.Event;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.value.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The events of one command as the records that hold them. One thread at a time. */
final class EventBatches {
  /** Events of one command are split into batches of about this size, far below Kafka's limits. */
  private static final int BATCH_BYTES = 512 * 1024;

  private final EventWriter writer;

  EventBatches(EventWriter writer) {
    this.writer = writer;
  }

  /**
   * The batches of events that are already applied, in order; one at least.
   *
   * @throws MillraceException {@code BATCH_TOO_LARGE} when one is more than a record can hold
   */
  List<byte[]> encode(LiveExecution live, List<Event> events, Instant at) {
    List<byte[]> batches = new ArrayList<>(1);
    List<Event> chunk = new ArrayList<>(events.size());
    long bytes = 0;
    for (Event event : events) {
      long size = size(event);
      if (!chunk.isEmpty() && bytes + size > BATCH_BYTES) {
        batches.add(live.encode(writer, chunk, at));
        chunk = new ArrayList<>();
        bytes = 0;
      }
      chunk.add(event);
      bytes += size;
    }
    batches.add(live.encode(writer, chunk, at));
    for (byte[] batch : batches) {
      requireFits(live, batch);
    }
    return batches;
  }

  /**
   * A record that is refused when it is sent would end the thread, come again and end the next one.
   */
  static void requireFits(LiveExecution live, byte[] record) {
    if (record.length > EngineRuntime.MAX_RECORD_BYTES) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "a record of execution "
              + live.state().executionId()
              + " has "
              + record.length
              + " bytes, more than a topic takes");
    }
  }

  private static long size(Event event) {
    return switch (event) {
      case Event.ExecutionStarted e -> Item.size(List.of(e.items()));
      case Event.HistoryTaken e ->
          e.history().runs().stream().mapToLong(run -> Item.size(run.outputs())).sum();
      case Event.NodeCompleted e -> Item.size(e.run().outputs());
      case Event.ChildReturned e -> Item.size(e.outputs());
      case Event.NodeSkipped e -> 0;
      case Event.NodePostponed e -> 0;
      case Event.AttemptFailed e -> 0;
      case Event.EffectRequested e -> 0;
      case Event.WaitStarted e -> 0;
      case Event.WaitResumed e -> 0;
      case Event.ChildrenStarted e -> 0;
      case Event.RetryDue e -> 0;
      case Event.WaitingReleased e -> 0;
      case Event.StaticDataChanged e -> Json.write(e.data()).length;
      case Event.ExecutionYielded e -> 0;
      case Event.ExecutionEnded e -> 0;
    };
  }
}
