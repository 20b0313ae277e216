package dev.millrace.topology;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ParentCall;
import dev.millrace.avro.ReplyTo;
import dev.millrace.engine.Event;
import dev.millrace.node.ContextChange;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemWriter;
import dev.millrace.value.Json;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * The core's events straight into the bytes of an {@link EventBatch}, field by field in the order
 * of its schema: through generated records it was a fifth of the work on a small execution. {@link
 * EventRecords#toEvent} reads them. Thread-safe.
 */
final class EventWriter {
  private static final Schema EVENTS =
      EventBatch.getClassSchema().getField("events").schema().getElementType();
  private static final int STARTED = EVENTS.getIndexNamed(name("ExecutionStartedEvent"));
  private static final int COMPLETED = EVENTS.getIndexNamed(name("NodeCompletedEvent"));
  private static final int SKIPPED = EVENTS.getIndexNamed(name("NodeSkippedEvent"));
  private static final int POSTPONED = EVENTS.getIndexNamed(name("NodePostponedEvent"));
  private static final int ATTEMPT_FAILED = EVENTS.getIndexNamed(name("AttemptFailedEvent"));
  private static final int EFFECT_REQUESTED = EVENTS.getIndexNamed(name("EffectRequestedEvent"));
  private static final int WAIT_STARTED = EVENTS.getIndexNamed(name("WaitStartedEvent"));
  private static final int WAIT_RESUMED = EVENTS.getIndexNamed(name("WaitResumedEvent"));
  private static final int CHILDREN_STARTED = EVENTS.getIndexNamed(name("ChildrenStartedEvent"));
  private static final int CHILD_RETURNED = EVENTS.getIndexNamed(name("ChildReturnedEvent"));
  private static final int RETRY_DUE = EVENTS.getIndexNamed(name("RetryDueEvent"));
  private static final int RELEASED = EVENTS.getIndexNamed(name("WaitingReleasedEvent"));
  private static final int YIELDED = EVENTS.getIndexNamed(name("ExecutionYieldedEvent"));
  private static final int STATIC_DATA_CHANGED =
      EVENTS.getIndexNamed(name("StaticDataChangedEvent"));
  private static final int HISTORY_TAKEN = EVENTS.getIndexNamed(name("HistoryTakenEvent"));
  private static final int BUDGET_HALF_USED = EVENTS.getIndexNamed(name("BudgetHalfUsedEvent"));
  private static final int ENDED = EVENTS.getIndexNamed(name("ExecutionEndedEvent"));

  private final AvroSerde<EventBatch> serde;

  EventWriter(AvroSerde<EventBatch> serde) {
    this.serde = serde;
  }

  private static String name(String event) {
    return EventBatch.getClassSchema().getNamespace() + "." + event;
  }

  /** A batch as bytes in the registry's wire format. */
  byte[] batch(
      String executionId,
      String tenant,
      String workflowId,
      int version,
      long sequence,
      Instant at,
      EventRecords.StartDetails start,
      List<Event> events) {
    return serde.toBytes(out -> {
      out.writeString(executionId);
      out.writeString(tenant);
      out.writeString(workflowId);
      out.writeInt(version);
      out.writeLong(sequence);
      out.writeLong(at.toEpochMilli());
      out.writeArrayStart();
      out.setItemCount(events.size());
      for (Event event : events) {
        out.startItem();
        event(out, event, start);
      }
      out.writeArrayEnd();
    });
  }

  private static void event(Encoder out, Event event, EventRecords.StartDetails start)
      throws IOException {
    switch (event) {
      case Event.ExecutionStarted e -> started(out, e, start);
      case Event.NodeCompleted e -> completed(out, e);
      case Event.HistoryTaken e -> {
        out.writeIndex(HISTORY_TAKEN);
        HistoryRecords.write(out, e.history());
      }
      case Event.NodeSkipped e -> {
        out.writeIndex(SKIPPED);
        out.writeString(e.node());
      }
      case Event.NodePostponed e -> {
        out.writeIndex(POSTPONED);
        out.writeString(e.node());
      }
      case Event.AttemptFailed e -> {
        byte[] error = Json.write(e.error());
        out.writeIndex(ATTEMPT_FAILED);
        out.writeString(e.node());
        out.writeInt(e.attempt());
        out.writeBytes(error, 0, error.length);
        out.writeLong(e.retryAt().toEpochMilli());
        ItemWriter.optionalStrings(out, e.customData());
      }
      case Event.EffectRequested e -> {
        out.writeIndex(EFFECT_REQUESTED);
        out.writeString(e.node());
        out.writeInt(e.call());
        out.writeInt(e.attempt());
        out.writeLong(e.at().toEpochMilli());
        ItemWriter.strings(out, e.gates());
      }
      case Event.WaitStarted e -> {
        out.writeIndex(WAIT_STARTED);
        out.writeString(e.node());
        out.writeInt(e.attempt());
        out.writeLong(e.until().toEpochMilli());
        out.writeLong(e.at().toEpochMilli());
        out.writeInt(e.call());
        ItemWriter.optionalObject(out, e.awaited() == null ? null : e.awaited().toJson());
      }
      case Event.WaitResumed e -> {
        out.writeIndex(WAIT_RESUMED);
        out.writeString(e.node());
        out.writeInt(e.call());
        ItemWriter.optionalString(out, e.idempotencyKey());
        replyTo(out, e.caller() == null ? null : EventRecords.replyTo(e.caller()));
        out.writeString(EventRecords.awaits(e.caller()));
        out.writeLong(e.at().toEpochMilli());
      }
      case Event.ChildrenStarted e -> {
        out.writeIndex(CHILDREN_STARTED);
        out.writeString(e.node());
        out.writeInt(e.call());
        out.writeInt(e.attempt());
        out.writeInt(e.count());
        out.writeLong(e.at().toEpochMilli());
      }
      case Event.ChildReturned e -> {
        out.writeIndex(CHILD_RETURNED);
        out.writeInt(e.index());
        ItemWriter.ports(out, e.outputs());
        ItemWriter.optionalObject(out, e.error());
      }
      case Event.RetryDue e -> {
        out.writeIndex(RETRY_DUE);
        out.writeLong(e.due().toEpochMilli());
      }
      case Event.WaitingReleased e -> {
        out.writeIndex(RELEASED);
        out.writeString(e.node());
        out.writeInt(e.slot());
        out.writeBoolean(e.runs());
      }
      case Event.StaticDataChanged e -> {
        byte[] data = Json.write(e.data());
        out.writeIndex(STATIC_DATA_CHANGED);
        out.writeBytes(data, 0, data.length);
      }
      case Event.ExecutionYielded e -> {
        out.writeIndex(YIELDED);
        out.writeInt(e.steps());
      }
      case Event.BudgetHalfUsed e -> {
        out.writeIndex(BUDGET_HALF_USED);
        out.writeString(e.budget().field());
        out.writeLong(e.used());
        out.writeLong(e.limit());
      }
      case Event.ExecutionEnded e -> {
        out.writeIndex(ENDED);
        out.writeString(e.status().json());
        ItemWriter.optionalObject(out, e.error());
        out.writeLong(e.at().toEpochMilli());
      }
    }
  }

  private static void started(
      Encoder out, Event.ExecutionStarted e, EventRecords.StartDetails start) throws IOException {
    out.writeIndex(STARTED);
    out.writeString(e.mode().json());
    out.writeString(e.startNode());
    out.writeInt(e.startOutput());
    ItemWriter.items(out, e.items());
    ItemWriter.optionalString(out, e.destination() == null ? null : e.destination().node());
    out.writeBoolean(e.destination() == null || e.destination().inclusive());
    ItemWriter.optionalString(out, start.idempotencyKey());
    ItemWriter.optionalBytes(out, start.inlineDefinition());
    replyTo(out, start.replyTo());
    parent(out, start.parent());
    out.writeLong(e.at().toEpochMilli());
    ItemWriter.optionalString(out, start.gate());
    ItemWriter.optionalStrings(out, start.variables().isEmpty() ? null : start.variables());
  }

  private static void replyTo(Encoder out, @Nullable ReplyTo to) throws IOException {
    if (to == null) {
      out.writeIndex(0);
      return;
    }
    out.writeIndex(1);
    out.writeString(to.getIngress());
    out.writeString(to.getRequestId());
    out.writeInt(to.getPartition());
  }

  private static void parent(Encoder out, @Nullable ParentCall parent) throws IOException {
    if (parent == null) {
      out.writeIndex(0);
      return;
    }
    out.writeIndex(1);
    out.writeString(parent.getExecutionId());
    out.writeString(parent.getWorkflowId());
    out.writeInt(parent.getCall());
    out.writeInt(parent.getIndex());
    out.writeInt(parent.getDepth());
  }

  private static void completed(Encoder out, Event.NodeCompleted e) throws IOException {
    NodeRun run = e.run();
    out.writeIndex(COMPLETED);
    out.writeString(run.node());
    out.writeInt(run.run());
    out.writeInt(run.executionIndex());
    out.writeLong(run.started().toEpochMilli());
    out.writeLong(run.durationMicros());
    ItemWriter.sources(out, run.sources());
    ItemWriter.ports(out, run.outputs());
    ItemWriter.optionalObject(out, run.error());
    ItemWriter.optionalObject(
        out, e.context() instanceof ContextChange.Whole whole ? whole.values() : null);
    out.writeBoolean(e.stops());
    out.writeInt(e.attempts());
    ItemWriter.optionalStrings(out, e.customData());
    ItemWriter.optionalObject(
        out, e.context() instanceof ContextChange.Part part ? part.toJson() : null);
  }
}
