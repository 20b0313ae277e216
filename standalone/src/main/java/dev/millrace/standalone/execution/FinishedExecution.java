package dev.millrace.standalone.execution;

import dev.millrace.node.NodeRun;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an execution did, when it is over.
 *
 * @param status {@code success}, {@code error}, {@code canceled} or {@code waiting}
 * @param error the error that ended it as a JSON object, or null
 * @param lastNode the last node that produced output or failed, or null
 * @param runs every node run, by execution index
 * @param contextEmpty whether no node kept a context
 * @param stackEmpty whether nothing was left to run
 */
public record FinishedExecution(
    String executionId,
    String status,
    @Nullable Map<String, @Nullable Object> error,
    @Nullable String lastNode,
    List<NodeRun> runs,
    boolean contextEmpty,
    boolean stackEmpty) {

  public FinishedExecution {
    runs = runs.stream().sorted(Comparator.comparingInt(NodeRun::executionIndex)).toList();
  }

  /** The runs of one node, in their order; empty when it did not run. */
  public List<NodeRun> runs(String node) {
    return runs.stream().filter(run -> run.node().equals(node)).toList();
  }

  public boolean succeeded() {
    return status.equals("success");
  }

  /** The message of the error that ended it, empty when none did. */
  public String errorMessage() {
    Map<String, @Nullable Object> failure = error;
    return failure != null && failure.get("message") instanceof String message ? message : "";
  }
}
