package dev.millrace.topology;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.engine.Caller;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionState;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An execution in memory: the core's state and what the binding knows beside it. */
final class LiveExecution {
  private final String tenant;
  private final String workflowId;
  private final int version;
  private final ExecutionState state;
  private final EventRecords.StartDetails start;
  private long nextSequence;
  private boolean answered;
  // Not stored: who is told something a second time no longer waits for it.
  private final Set<Caller> answeredCallers = new HashSet<>();
  private long bytes;

  LiveExecution(
      String tenant,
      String workflowId,
      int version,
      ExecutionState state,
      EventRecords.StartDetails start) {
    this.tenant = tenant;
    this.workflowId = workflowId;
    this.version = version;
    this.state = state;
    this.start = start;
  }

  /** What the first event of a stored execution says of its start. */
  static EventRecords.StartDetails startDetails(ExecutionStartedEvent started) {
    return new EventRecords.StartDetails(
        started.getIdempotencyKey(),
        started.getInlineDefinition(),
        started.getReplyTo(),
        started.getParent(),
        started.getGate(),
        variables(started));
  }

  /** The variables that a stored execution began with. */
  static Map<String, String> variables(ExecutionStartedEvent started) {
    return started.getVariables() == null ? Map.of() : started.getVariables();
  }

  String tenant() {
    return tenant;
  }

  String workflowId() {
    return workflowId;
  }

  int version() {
    return version;
  }

  ExecutionState state() {
    return state;
  }

  EventRecords.StartDetails start() {
    return start;
  }

  long nextSequence() {
    return nextSequence;
  }

  /** Size of the stored batches that it is made of. */
  long bytes() {
    return bytes;
  }

  void grow(int batch) {
    bytes += batch;
  }

  /** Whether the waiting caller has had its answer from the workflow itself. */
  boolean answered() {
    return answered;
  }

  void markAnswered() {
    answered = true;
  }

  /** Those who called it while it waited and have not had their answer, the last at the end. */
  List<Caller> unanswered() {
    return state.callers().stream().filter(caller -> !answeredCallers.contains(caller)).toList();
  }

  void markAnswered(Caller caller) {
    answeredCallers.add(caller);
  }

  /** Applies a stored batch. */
  void replay(EventBatch batch) {
    EventRecords.toEvents(batch).forEach(state::apply);
    nextSequence = batch.getSequence() + 1;
  }

  /** The next batch in bytes, holding events that are already applied. */
  byte[] encode(EventWriter writer, List<Event> events, Instant at) {
    return writer.batch(
        state.executionId(), tenant, workflowId, version, nextSequence++, at, start, events);
  }
}
