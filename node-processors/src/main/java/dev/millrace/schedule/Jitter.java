package dev.millrace.schedule;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * What stands for a second, minute and so on that a rule leaves open: spread over workflows and
 * nodes, so that not everything fires at once, and the same whenever it is asked for.
 */
@FunctionalInterface
public interface Jitter {
  /**
   * A number from 0 to below a bound.
   *
   * @param what names it, so that a node's second and minute do not depend on each other
   */
  int below(String what, int bound);

  /** The jitter of one node of a workflow. */
  static Jitter of(String workflowId, String nodeId) {
    return (what, bound) -> {
      CRC32C sum = new CRC32C();
      sum.update((workflowId + '\0' + nodeId + '\0' + what).getBytes(StandardCharsets.UTF_8));
      return (int) (sum.getValue() % bound);
    };
  }
}
