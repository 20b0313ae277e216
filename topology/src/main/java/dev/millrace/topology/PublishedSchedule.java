package dev.millrace.topology;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.StartExecution;
import dev.millrace.node.ExecutionMode;
import dev.millrace.schedule.NodeSchedule;
import dev.millrace.schedule.ScheduleRule;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;

/**
 * A rule of a scheduled trigger in the current version of a published workflow.
 *
 * @param publishedAt when that version was published
 */
record PublishedSchedule(
    String workflowId,
    int version,
    Instant publishedAt,
    ZoneId zone,
    NodeSchedule node,
    ScheduleRule rule) {

  String nodeId() {
    return node.node().id();
  }

  /** The rule and its zone: what the slots follow from, apart from when they began. */
  String text() {
    return rule.text() + " " + zone.getId();
  }

  /**
   * The command that starts a slot's execution. It depends on the slot alone in whatever says
   * whether an execution is a new one: a second command for the slot does nothing.
   */
  CommandRecord start(Instant slot, Instant now) {
    String key = slot.toString();
    return CommandRecord.newBuilder()
        .setExecutionId(executionId(key))
        .setSentAt(now)
        .setBody(
            StartExecution.newBuilder()
                .setWorkflowId(workflowId)
                .setVersion(version)
                .setMode(ExecutionMode.TRIGGER.json())
                .setStartNode(node.node().name())
                .setItems(ItemRecords.of(List.of(node.trigger().item(slot.atZone(zone)))))
                .setIdempotencyKey(key)
                .build())
        .build();
  }

  /** A version 8 UUID (RFC 9562) that is the same for the same workflow, node and slot. */
  private String executionId(String slot) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : new String[] {"schedule", workflowId, nodeId(), slot}) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        // The length keeps ("ab", "c") apart from ("a", "bc").
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
      }
      ByteBuffer hash = ByteBuffer.wrap(digest.digest());
      long high = (hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x8000;
      long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
      return new UUID(high, low).toString();
    } catch (NoSuchAlgorithmException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
  }
}
