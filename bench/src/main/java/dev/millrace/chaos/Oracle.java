package dev.millrace.chaos;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Knows what the events topic must show of the calls that were made: fed with every committed
 * batch, it names each violation.
 */
final class Oracle {
  /** What the events say of one execution. */
  private static final class Seen {
    private int starts;
    private int ends;
    private String status = "";
    private long nextSequence;
    private int nextExecutionIndex;
    private final Set<String> runs = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private byte[] lastOutput = {'{', '}'};
  }

  /**
   * A call that was acknowledged.
   *
   * @param executionId as the answer's header names it
   * @param answered the body, where the call waited for the end of the execution; else null
   */
  record Acknowledged(String executionId, @org.jspecify.annotations.Nullable String answered) {}

  private final Map<String, Seen> executions = new LinkedHashMap<>();

  /** Takes the next committed batch of the events topic. */
  void see(EventBatch batch) {
    Seen seen = executions.computeIfAbsent(batch.getExecutionId(), id -> new Seen());
    if (batch.getSequence() != seen.nextSequence) {
      seen.faults.add("batch " + batch.getSequence() + " came instead of " + seen.nextSequence);
    }
    seen.nextSequence = batch.getSequence() + 1;
    for (Object event : batch.getEvents()) {
      if (seen.ends > 0) {
        seen.faults.add("an event came after the end");
      }
      switch (event) {
        case ExecutionStartedEvent started -> seen.starts++;
        case NodeCompletedEvent node -> {
          if (!seen.runs.add(node.getNode() + "#" + node.getRun())) {
            seen.faults.add("run " + node.getRun() + " of " + node.getNode() + " came twice");
          }
          if (node.getExecutionIndex() != seen.nextExecutionIndex) {
            seen.faults.add("execution index " + node.getExecutionIndex() + " is out of order");
          }
          seen.nextExecutionIndex = node.getExecutionIndex() + 1;
          var ports = node.getOutputs();
          if (!ports.isEmpty()
              && ports.get(0).getItems() != null
              && !ports.get(0).getItems().isEmpty()) {
            var json = ports.get(0).getItems().get(0).getJson().duplicate();
            seen.lastOutput = new byte[json.remaining()];
            json.get(seen.lastOutput);
          }
        }
        case ExecutionEndedEvent ended -> {
          seen.ends++;
          seen.status = ended.getStatus();
        }
        default -> {}
      }
    }
  }

  int executions() {
    return executions.size();
  }

  /** Every violation, in words; empty when all promises were kept. */
  List<String> violations(List<Acknowledged> calls) {
    List<String> violations = new ArrayList<>();
    for (Acknowledged call : calls) {
      Seen seen = executions.get(call.executionId());
      if (seen == null) {
        violations.add("acknowledged execution " + call.executionId() + " is lost");
        continue;
      }
      String answer = call.answered();
      if (answer != null
          && !java.util.Objects.equals(Json.parse(seen.lastOutput), Json.parse(answer))) {
        violations.add(
            "execution " + call.executionId() + " answered what its events do not show: " + answer);
      }
    }
    executions.forEach((id, seen) -> {
      if (seen.starts != 1) {
        violations.add("execution " + id + " started " + seen.starts + " times");
      }
      if (seen.ends == 0) {
        violations.add("execution " + id + " is stuck");
      } else if (seen.ends > 1) {
        violations.add("execution " + id + " ended " + seen.ends + " times");
      } else if (!seen.status.equals("success")) {
        violations.add("execution " + id + " ended with status " + seen.status);
      }
      seen.faults.forEach(fault -> violations.add("execution " + id + ": " + fault));
    });
    return violations;
  }
}
