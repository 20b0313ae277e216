package dev.millrace.topology;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.KeyedRun;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.TaskRecord;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.store.StateKeys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What leaves the router for topics, in the transaction of the record in hand. Records are encoded
 * here, before they are forwarded, so that a sink cannot fail on them.
 */
final class Outbox {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

  static final String EVENTS = "events";
  static final String REPLIES = "replies";
  static final String SIGNALS = "signals";
  static final String TASKS = "tasks";
  static final String KEYED = "keyed-runs";
  static final String CANCELLATIONS = "cancellations";
  static final String DEAD_LETTERS = "dead-letters";

  /**
   * Before the names of the sinks of those who own states. A sink belongs to one sub-topology, so
   * they have their own to the same topics.
   */
  static final String OF_OWNERS = "owners-";

  /** An encoded reply and the partition that the waiting ingress reads, -1 for one by key. */
  record AddressedReply(byte[] value, int partition) {}

  private final ProcessorContext<byte[], Object> context;
  private final Serializer<CommandRecord> commands;
  private final Serializer<ReplyRecord> replies;
  private final Serializer<TaskRecord> tasks;
  private final Serializer<KeyedRun> keyedRuns;
  private final AvroSerde<DeadLetterRecord> deadLetters;
  private final String sinkPrefix;

  Outbox(ProcessorContext<byte[], Object> context, MillraceSerdes serdes) {
    this(context, serdes, "");
  }

  /**
   * @param sinkPrefix what the names of its sinks begin with
   */
  Outbox(ProcessorContext<byte[], Object> context, MillraceSerdes serdes, String sinkPrefix) {
    this.context = context;
    this.sinkPrefix = sinkPrefix;
    this.commands = serdes.serde(CommandRecord.class).serializer();
    this.replies = serdes.serde(ReplyRecord.class).serializer();
    this.tasks = serdes.serde(TaskRecord.class).serializer();
    this.keyedRuns = serdes.serde(KeyedRun.class).serializer();
    this.deadLetters = serdes.serde(DeadLetterRecord.class);
  }

  void event(byte[] executionKey, byte[] encodedBatch) {
    forward(executionKey, encodedBatch, EVENTS);
  }

  void reply(ReplyTo to, ReplyRecord reply) {
    byte[] value = replies.serialize("", reply);
    forward(
        to.getIngress().getBytes(StandardCharsets.UTF_8),
        new AddressedReply(value, to.getPartition()),
        REPLIES);
  }

  /** An encoded record and the sink that takes it. */
  record Message(String sink, byte[] key, byte[] value) {
    /**
     * Whether a topic takes it; one that is refused ends the thread, comes again and ends the next.
     */
    boolean fits() {
      return value.length <= EngineRuntime.MAX_RECORD_BYTES;
    }
  }

  /** A command to an execution, this one or another, to be sent with {@link #send}. */
  Message signal(CommandRecord command) {
    return new Message(
        SIGNALS,
        command.getExecutionId().getBytes(StandardCharsets.UTF_8),
        commands.serialize("", command));
  }

  /** Word to all workers that an execution is over, to be sent with {@link #send}. */
  Message cancellation(CommandRecord command) {
    return new Message(
        CANCELLATIONS,
        command.getExecutionId().getBytes(StandardCharsets.UTF_8),
        commands.serialize("", command));
  }

  /** A task for a worker, to be sent with {@link #send}. */
  Message task(TaskRecord task) {
    return task(task.getExecutionId(), encoded(task));
  }

  byte[] encoded(TaskRecord task) {
    return tasks.serialize("", task);
  }

  /** A task that is encoded already. */
  Message task(String executionId, byte[] encoded) {
    return new Message(TASKS, executionId.getBytes(StandardCharsets.UTF_8), encoded);
  }

  /** A run for the owner of its state, to be sent with {@link #send}. */
  Message keyed(KeyedRun run) {
    return new Message(
        KEYED,
        StateKeys.owner(run.getTenant(), run.getWorkflowId(), run.getState()),
        keyedRuns.serialize("", run));
  }

  void send(Message message) {
    forward(message.key(), message.value(), message.sink());
  }

  /** Puts aside the record that the task has in hand, and says so. */
  void deadLetter(Record<byte[], byte[]> record, Throwable thrown) {
    Optional<RecordMetadata> from = context.recordMetadata();
    String place =
        from.map(at -> at.topic() + "-" + at.partition() + "@" + at.offset()).orElse("of nowhere");
    if (thrown instanceof MillraceException known) {
      LOG.warn("dead letter {}: {}", place, known.text());
    } else {
      LOG.error("dead letter {}", place, thrown);
    }
    deadLetter(
        DeadLetters.of(from, record, thrown, Instant.ofEpochMilli(context.currentSystemTimeMs())));
  }

  void deadLetter(DeadLetterRecord letter) {
    DeadLetters.Encoded encoded = DeadLetters.encode(letter, deadLetters);
    forward(encoded.key(), encoded.value(), DEAD_LETTERS);
  }

  private void forward(byte[] key, Object value, String sink) {
    context.forward(new Record<>(key, value, context.currentSystemTimeMs()), sinkPrefix + sink);
  }
}
