package dev.millrace.topology;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.KeyedRun;
import dev.millrace.avro.TaskResult;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeOutput;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.EngineStores;
import dev.millrace.store.StateKeys;
import dev.millrace.worker.TaskCall;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The states of one partition, between init and close. A run comes as a record, is made on its
 * state, and its result goes to its execution as a signal. The record, the changes of the state and
 * the signal are of one transaction, so a run counts once, whatever dies in between.
 */
final class OwnerTask implements PartitionTask {
  private static final Duration COMMIT_LOOK = Duration.ofMillis(10);

  private final ProcessorContext<byte[], Object> context;
  private final EngineParts parts;
  private final Deserializer<KeyedRun> deserializer;
  private final Outbox outbox;
  private final KeyValueStore<byte[], byte[]> store;
  private final AwaitedCommit commit;

  private OwnerTask(ProcessorContext<byte[], Object> context, EngineParts parts) {
    this.context = context;
    this.parts = parts;
    this.deserializer = parts.serdes().serde(KeyedRun.class).deserializer();
    this.outbox = new Outbox(context, parts.serdes(), Outbox.OF_OWNERS);
    this.store = context.getStateStore(EngineStores.KEYED);
    this.commit = new AwaitedCommit(context, parts.pace());
  }

  /** Begins the work on a partition. */
  static OwnerTask begin(ProcessorContext<byte[], Object> context, EngineParts parts) {
    OwnerTask task = new OwnerTask(context, parts);
    context.schedule(COMMIT_LOOK, PunctuationType.WALL_CLOCK_TIME, now -> task.commitIfAwaited());
    return task;
  }

  /**
   * @throws MillraceException {@code UNREADABLE_RECORD} when it is no run
   */
  @Override
  public void handle(Record<byte[], byte[]> record) {
    KeyedRun run = deserializer.deserialize("", record.value());
    if (run == null) {
      throw new MillraceException(ErrorCode.UNREADABLE_RECORD, "the record has no value");
    }
    byte[] owner = StateKeys.owner(run.getTenant(), run.getWorkflowId(), run.getState());
    if (!Arrays.equals(owner, record.key())) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD, "the record's key does not name the state of its run");
    }
    boolean fatal = parts.crashes().begin(run.getExecutionId());
    try {
      make(run, fatal);
    } finally {
      parts.crashes().end(run.getExecutionId());
    }
  }

  private void make(KeyedRun run, boolean fatal) {
    long began = System.nanoTime();
    StateBuffer state =
        new StateBuffer(
            store, StateKeys.prefix(run.getTenant(), run.getWorkflowId(), run.getState()));
    Outbox.Message answer;
    try {
      if (fatal) {
        throw new MillraceException(
            RouterTask.processDied().code(), RouterTask.processDied().reason());
      }
      NodeOutput output = output(run, state);
      answer = signal(run, KeyedRecords.answered(run, output, micros(began)));
      if (!answer.fits()) {
        throw tooLarge(answer.value().length);
      }
    } catch (KafkaException notOurs) {
      throw notOurs;
    } catch (Throwable thrown) {
      // Nothing that a node throws may reach the partition: it becomes the run's error.
      state.discard();
      answer = signal(run, KeyedRecords.failed(run, thrown, micros(began)));
    }
    state.flush();
    outbox.send(answer);
    commit.await();
  }

  private NodeOutput output(KeyedRun run, StateBuffer state) {
    WorkflowDocument workflow =
        WorkflowDocument.parse(ItemRecords.bytes(run.getTask().getWorkflow()));
    WorkflowNode node =
        workflow
            .node(run.getNode())
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.UNKNOWN_NODE, "the workflow has no node \"" + run.getNode() + "\""));
    if (!(parts.catalogue().find(node.type()).orElse(null) instanceof KeyedNode keyed)) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_NODE_TYPE,
          "this engine has no node with state of the type \"" + node.type() + "\"");
    }
    TaskCall call =
        new TaskCall(
            run.getTask(),
            node,
            new RecordedExecution(run, workflow),
            parts.catalogue(),
            parts.expressions());
    NodeOutput output = keyed.run(call, state);
    long bytes = output.outputs() == null ? 0 : Item.size(output.outputs());
    // As the engine would refuse it, but before the state has changed.
    if (bytes > parts.settings().budget().bytesPerRun()) {
      throw tooLarge(bytes);
    }
    return output;
  }

  private static MillraceException tooLarge(long bytes) {
    return new MillraceException(
        ErrorCode.BATCH_TOO_LARGE,
        "the node answered " + bytes + " bytes of items and files, more than a run may have");
  }

  private Outbox.Message signal(KeyedRun run, TaskResult result) {
    return outbox.signal(new CommandRecord(run.getExecutionId(), run.getTenant(), now(), result));
  }

  @Override
  public void commitIfAwaited() {
    commit.ask();
  }

  @Override
  public void deadLetter(Record<byte[], byte[]> record, Throwable thrown) {
    outbox.deadLetter(record, thrown);
  }

  private Instant now() {
    return Instant.ofEpochMilli(context.currentSystemTimeMs());
  }

  private static long micros(long began) {
    return (System.nanoTime() - began) / 1_000;
  }
}
