package dev.millrace.chaos;

import dev.millrace.avro.AttemptFailedEvent;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EffectRequestedEvent;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.StartExecution;
import dev.millrace.serde.ItemRecords;
import dev.millrace.value.Json;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Knows what the topics must show of the calls that were made: fed with every committed record, in
 * the order of each topic, it names each violation. A call carries its own id in its body, so that
 * the execution of one call cannot pass for that of another.
 */
final class Oracle {
  /**
   * A call that was acknowledged.
   *
   * @param callId what it carried as {@code id} in its body
   * @param executionId as the answer's header names it
   * @param answered the body, where the call waited for the end of the execution; else null
   */
  record Acknowledged(String callId, String executionId, @Nullable String answered) {}

  /** What the events say of one execution. */
  private static final class Seen {
    private int starts;
    private int ends;
    private String status = "";

    /** The code of its error, or its status. */
    private String ending = "";

    private String error = "";

    private Set<String> endings = Set.of();
    private boolean callsStubOnly = true;
    private long nextSequence;
    private int nextExecutionIndex;
    private int callsOutside;
    private @Nullable Object callId;
    private @Nullable ReplyTo replyTo;
    private @Nullable Instant lastBatch;
    private boolean keyed;
    private List<Object> lastItems = List.of();
    private Optional<Expectation.Standing> expected = Optional.empty();
    private Map<String, List<List<Object>>> outputs = new HashMap<>();
    private final Set<String> runs = new HashSet<>();
    private final Map<String, Integer> failedAttempts = new HashMap<>();
    private final List<String> faults = new ArrayList<>();

    /** Of many executions that are over only what is wrong with them is kept. */
    void settle() {
      expected =
          expected.map(standing -> {
            compare(standing, outputs, faults);
            return new Expectation.Standing(standing.waits(), Map.of());
          });
      outputs = new HashMap<>();
    }

    boolean mayWait() {
      return expected.map(Expectation.Standing::waits).orElse(false);
    }
  }

  private final List<Instant> kills;
  private final Map<String, Seen> executions = new LinkedHashMap<>();
  private final Map<String, List<ReplyRecord>> replies = new LinkedHashMap<>();
  private final Set<String> asked = new LinkedHashSet<>();
  private final Set<String> stored = new LinkedHashSet<>();
  private final List<String> deadLetters = new ArrayList<>();
  private final Map<String, Set<String>> keysOutside = new HashMap<>();
  private final Set<String> waitedThroughKill = new HashSet<>();
  private final Expectation expectation;

  /**
   * @param kills when the process was killed
   */
  Oracle(List<Instant> kills) {
    this(kills, Expectation.NONE);
  }

  /**
   * @param kills when a process was killed
   * @param expectation what each execution has to come to
   */
  Oracle(List<Instant> kills, Expectation expectation) {
    this.kills = List.copyOf(kills);
    this.expectation = expectation;
  }

  /** Takes the next record of the commands topic, whether or not its caller heard of it. */
  void see(CommandRecord command) {
    if (command.getBody() instanceof StartExecution) {
      asked.add(command.getExecutionId());
    }
  }

  /** Takes the next record of the replies topic. */
  void see(ReplyRecord reply) {
    replies.computeIfAbsent(reply.getExecutionId(), id -> new ArrayList<>()).add(reply);
  }

  /** Takes the next record of the dead letters. */
  void see(DeadLetterRecord letter) {
    deadLetters.add(
        "%s-%d@%d became a dead letter: %s %s"
            .formatted(
                letter.getTopic(),
                letter.getPartition(),
                letter.getOffset(),
                letter.getCode(),
                letter.getReason()));
  }

  /** Takes an execution that the engine's state still holds after all else was read. */
  void seeStored(String executionId) {
    stored.add(executionId);
  }

  /**
   * Takes a call that reached the outside, once or again.
   *
   * @param key its idempotency key: execution, call and item, joined by dashes
   */
  void seeOutside(String key) {
    int item = key.lastIndexOf('-');
    int call = key.lastIndexOf('-', item - 1);
    keysOutside
        .computeIfAbsent(call < 0 ? key : key.substring(0, call), id -> new HashSet<>())
        .add(key);
  }

  /** Takes the next committed batch of the events topic. */
  void see(EventBatch batch) {
    Seen seen = executions.computeIfAbsent(batch.getExecutionId(), id -> new Seen());
    if (batch.getSequence() != seen.nextSequence) {
      seen.faults.add("batch " + batch.getSequence() + " came instead of " + seen.nextSequence);
    }
    seen.nextSequence = batch.getSequence() + 1;
    Instant before = seen.lastBatch;
    if (before != null
        && kills.stream().anyMatch(kill -> kill.isAfter(before) && kill.isBefore(batch.getAt()))) {
      waitedThroughKill.add(batch.getExecutionId());
    }
    seen.lastBatch = batch.getAt();
    for (Object event : batch.getEvents()) {
      if (seen.ends > 0) {
        seen.faults.add("an event came after the end");
      }
      switch (event) {
        case ExecutionStartedEvent started -> {
          seen.starts++;
          seen.replyTo = started.getReplyTo();
          seen.keyed = started.getIdempotencyKey() != null;
          seen.expected = expectation.of(batch, started);
          seen.callsStubOnly = expectation.callsStubOnly(batch.getWorkflowId());
          seen.endings = expectation.endings(batch.getWorkflowId());
          // A sub-workflow has the items of its caller, and is not what was called.
          seen.callId = started.getParent() == null ? callId(started.getItems()) : null;
        }
        case AttemptFailedEvent failed ->
            seen.failedAttempts.merge(failed.getNode(), 1, Integer::sum);
        // Every attempt is made under the key of the first.
        case EffectRequestedEvent call -> seen.callsOutside += call.getAttempt() == 1 ? 1 : 0;
        case NodeCompletedEvent node -> completed(seen, node);
        case ExecutionEndedEvent ended -> {
          seen.ends++;
          seen.status = ended.getStatus();
          seen.ending = ending(ended);
          seen.error = ended.getError() == null ? "" : ": " + text(ended.getError());
          seen.settle();
        }
        default -> {}
      }
    }
  }

  private static void completed(Seen seen, NodeCompletedEvent node) {
    if (!seen.runs.add(node.getNode() + "#" + node.getRun())) {
      seen.faults.add("run " + node.getRun() + " of " + node.getNode() + " came twice");
    }
    if (node.getExecutionIndex() != seen.nextExecutionIndex) {
      seen.faults.add("execution index " + node.getExecutionIndex() + " is out of order");
    }
    seen.nextExecutionIndex = node.getExecutionIndex() + 1;
    int failed = Objects.requireNonNullElse(seen.failedAttempts.remove(node.getNode()), 0);
    if (node.getAttempts() != failed + 1) {
      seen.faults.add(
          "%s took %d attempts, and %d failed before its last one"
              .formatted(node.getNode(), node.getAttempts(), failed));
    }
    seen.lastItems = firstPort(node.getOutputs());
    if (seen.expected.isPresent()) {
      seen.outputs.put(
          node.getNode() + "#" + node.getRun(),
          Reference.json(ItemRecords.toPorts(node.getOutputs())));
    }
  }

  private static String ending(ExecutionEndedEvent ended) {
    return ended.getError() == null
        ? ended.getStatus()
        : String.valueOf(ItemRecords.fromJsonBytes(ended.getError()).get("code"));
  }

  private static String text(ByteBuffer error) {
    return String.valueOf(ItemRecords.fromJsonBytes(error).get("message"));
  }

  private static @Nullable Object callId(List<ItemRecord> items) {
    return !items.isEmpty()
            && ItemRecords.fromJsonBytes(items.getFirst().getJson()).get("body")
                instanceof Map<?, ?> body
        ? body.get("id")
        : null;
  }

  private static List<Object> firstPort(List<PortRecord> ports) {
    return ports.isEmpty() || ports.getFirst().getItems() == null
        ? List.of()
        : ports.getFirst().getItems().stream()
            .<Object>map(item -> ItemRecords.fromJsonBytes(item.getJson()))
            .toList();
  }

  /** Executions that wait as they should. */
  long waiting() {
    return executions.values().stream().filter(seen -> seen.ends == 0 && seen.mayWait()).count();
  }

  int executions() {
    return executions.size();
  }

  /** Executions that had begun when the process was killed and went on after it. */
  int waitedThroughKill() {
    return waitedThroughKill.size();
  }

  /** Every violation, in words; empty when all promises were kept. */
  List<String> violations(List<Acknowledged> calls) {
    List<String> violations = new ArrayList<>(deadLetters);
    checkCalls(calls, violations);
    for (String executionId : asked) {
      if (!executions.containsKey(executionId)) {
        violations.add("execution " + executionId + " was asked for and never began");
      }
    }
    Map<Object, String> byCall = new HashMap<>();
    executions.forEach((id, seen) -> {
      checkExecution(id, seen, violations);
      String other = seen.callId == null ? null : byCall.put(seen.callId, id);
      if (seen.replyTo != null && seen.ends > 0 && !replies.containsKey(id)) {
        violations.add("execution " + id + " never replied to who waits for it");
      }
      if (other != null) {
        violations.add("call " + seen.callId + " has two executions, " + other + " and " + id);
      }
    });
    checkOutside(violations);
    replies.forEach((id, sent) -> checkReplies(id, sent, violations));
    executions.forEach((id, seen) -> {
      if (seen.ends == 0 && seen.mayWait() && !stored.contains(id)) {
        violations.add("execution " + id + " waits and is not stored");
      }
    });
    for (String executionId : stored) {
      Seen seen = executions.get(executionId);
      if (seen == null || seen.ends > 0) {
        violations.add("execution " + executionId + " is over or unknown and still stored");
      }
    }
    return violations;
  }

  private void checkCalls(List<Acknowledged> calls, List<String> violations) {
    Map<String, String> byExecution = new HashMap<>();
    for (Acknowledged call : calls) {
      String other = byExecution.put(call.executionId(), call.callId());
      if (other != null && !other.equals(call.callId())) {
        violations.add(
            "calls %s and %s were told the same execution %s"
                .formatted(other, call.callId(), call.executionId()));
      }
      Seen seen = executions.get(call.executionId());
      if (seen == null) {
        violations.add("acknowledged execution " + call.executionId() + " is lost");
        continue;
      }
      if (!call.callId().equals(seen.callId)) {
        violations.add(
            "execution %s is of call %s and was told to call %s"
                .formatted(call.executionId(), seen.callId, call.callId()));
      }
      if (call.answered() != null
          && (seen.lastItems.isEmpty()
              || !seen.lastItems.getFirst().equals(Json.parse(call.answered())))) {
        violations.add(
            "execution "
                + call.executionId()
                + " answered what its events do not show: "
                + call.answered());
      }
    }
  }

  /** Each call was made, and each time with the same key: these workflows make one. */
  private void checkOutside(List<String> violations) {
    executions.forEach((id, seen) -> {
      int keys = keysOutside.getOrDefault(id, Set.of()).size();
      if (seen.ends > 0 && seen.callsStubOnly && keys != seen.callsOutside) {
        violations.add(
            "execution %s asked for %d calls, and %d reached the outside"
                .formatted(id, seen.callsOutside, keys));
      }
    });
    for (String id : keysOutside.keySet()) {
      if (!executions.containsKey(id)) {
        violations.add("the outside was called for execution " + id + ", which never began");
      }
    }
  }

  /** Holds what was answered against what the core alone, without any fault, comes to. */
  private static void compare(
      Expectation.Standing expected,
      Map<String, List<List<Object>>> answered,
      List<String> faults) {
    expected
        .runs()
        .forEach((run, outputs) -> {
          if (!outputs.equals(answered.get(run))) {
            faults.add(
                "run %s answered %s instead of %s".formatted(run, answered.get(run), outputs));
          }
        });
    answered.keySet().stream()
        .filter(run -> !expected.runs().containsKey(run))
        .forEach(run -> faults.add(run + " should not run"));
  }

  private static void checkExecution(String id, Seen seen, List<String> violations) {
    if (seen.starts != 1) {
      violations.add("execution " + id + " started " + seen.starts + " times");
    }
    if (seen.ends == 0) {
      if (!seen.mayWait()) {
        violations.add("execution " + id + " is stuck");
      }
      seen.expected.ifPresent(expected -> compare(expected, seen.outputs, seen.faults));
    } else if (seen.mayWait()) {
      violations.add("execution " + id + " ended and should still wait");
    } else if (seen.ends > 1) {
      violations.add("execution " + id + " ended " + seen.ends + " times");
    } else if (!seen.endings.contains(seen.ending)) {
      violations.add(
          "execution "
              + id
              + " ended with "
              + (seen.ending.equals(seen.status) ? "status " : "")
              + seen.ending
              + seen.error);
    }
    seen.faults.forEach(fault -> violations.add("execution " + id + ": " + fault));
  }

  /** Each reply stands for the end of an execution, and says what its events say. */
  private void checkReplies(String id, List<ReplyRecord> sent, List<String> violations) {
    Seen seen = executions.get(id);
    if (seen == null || seen.ends == 0) {
      violations.add("a reply was sent for execution " + id + ", whose events show no end");
      return;
    }
    ReplyTo caller = seen.replyTo;
    // With an idempotency key everybody who calls with it is told.
    if (sent.stream().map(ReplyRecord::getRequestId).distinct().count() < sent.size()
        || (sent.size() > 1 && !seen.keyed)) {
      violations.add("execution " + id + " replied " + sent.size() + " times");
    }
    for (ReplyRecord reply : sent) {
      if (caller == null || (!seen.keyed && !caller.getRequestId().equals(reply.getRequestId()))) {
        violations.add(
            "execution " + id + " replied to " + reply.getRequestId() + ", which did not ask");
      }
      if (!(reply.getBody() instanceof ExecutionOutcome outcome)
          || !outcome.getStatus().equals(seen.status)
          || !firstPort(outcome.getOutputs()).equals(seen.lastItems)) {
        violations.add("execution " + id + " replied what its events do not show");
      }
    }
  }
}
