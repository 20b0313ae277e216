package dev.millrace.engine;

import dev.millrace.node.NodeRun;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where an execution stood at some moment: what it had done, and what was left to run. Another
 * execution can go on from there, in the same version of the workflow or another one.
 *
 * @param executionId the execution it is taken from
 * @param runs the runs before that moment, by execution index
 * @param contexts the contexts of nodes
 * @param customData what user code had stored
 * @param ready what was queued; the first runs next
 * @param waiting what waited for the rest of its inputs, in the order in which it is looked at
 */
public record History(
    String executionId,
    List<NodeRun> runs,
    Map<String, Map<String, @Nullable Object>> contexts,
    Map<String, String> customData,
    List<QueueEntry> ready,
    List<Waiting> waiting) {

  /**
   * An incomplete set of inputs of a node.
   *
   * @param slot its number among the sets of this node
   */
  public record Waiting(int slot, QueueEntry entry) {}
}
