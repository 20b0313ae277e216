package dev.millrace.topology;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.serde.MillraceSerdes;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * What leaves the router for topics, in the transaction of the record in hand. Records are encoded
 * here, before they are forwarded, so that a sink cannot fail on them.
 */
final class Outbox {
  static final String EVENTS = "events";
  static final String REPLIES = "replies";
  static final String SIGNALS = "signals";
  static final String TASKS = "tasks";
  static final String DEAD_LETTERS = "dead-letters";

  /** Of a dead letter that leaves out the original; a reason may quote it. */
  private static final int LONGEST_REASON = 1_000;

  /** An encoded reply and the partition that the waiting ingress reads, -1 for one by key. */
  record AddressedReply(byte[] value, int partition) {}

  private final ProcessorContext<byte[], Object> context;
  private final Serializer<CommandRecord> commands;
  private final Serializer<ReplyRecord> replies;
  private final Serializer<DeadLetterRecord> deadLetters;

  Outbox(ProcessorContext<byte[], Object> context, MillraceSerdes serdes) {
    this.context = context;
    this.commands = serdes.serde(CommandRecord.class).serializer();
    this.replies = serdes.serde(ReplyRecord.class).serializer();
    this.deadLetters = serdes.serde(DeadLetterRecord.class).serializer();
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

  void signal(CommandRecord command) {
    forward(
        command.getExecutionId().getBytes(StandardCharsets.UTF_8),
        commands.serialize("", command),
        SIGNALS);
  }

  void task(byte[] executionKey, byte[] encodedTask) {
    forward(executionKey, encodedTask, TASKS);
  }

  /** Where the letter would be too large with the original in it, it only says where that is. */
  void deadLetter(byte[] key, DeadLetterRecord letter) {
    byte[] encoded = deadLetters.serialize("", letter);
    if (key.length + encoded.length <= EngineRuntime.MAX_RECORD_BYTES) {
      forward(key, encoded, DEAD_LETTERS);
      return;
    }
    String reason = letter.getReason();
    letter.setReason(reason.substring(0, Math.min(reason.length(), LONGEST_REASON)));
    letter.setKey(null);
    letter.setValue(null);
    forward(
        key.length <= LONGEST_REASON ? key : new byte[0],
        deadLetters.serialize("", letter),
        DEAD_LETTERS);
  }

  private void forward(byte[] key, Object value, String sink) {
    context.forward(new Record<>(key, value, context.currentSystemTimeMs()), sink);
  }
}
