package dev.millrace.limit;

import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a node: what its settings {@code millrace} say, and where they say nothing, n8n's
 * fields.
 *
 * @param retry null: it is tried once
 * @param timeLimit of one call to the outside, or null for the worker's own
 * @param gate what its calls to the outside go through, or null
 */
public record NodeLimits(
    @Nullable RetryPolicy retry, @Nullable Duration timeLimit, @Nullable GatePolicy gate) {
  /** Tried once, and not limited. */
  public static final NodeLimits NONE = new NodeLimits(null, null, null);

  private static final Set<String> NAMES = names();

  private static Set<String> names() {
    Set<String> names = new HashSet<>(GatePolicy.NAMES);
    names.add("retry");
    names.add("timeLimit");
    return Set.copyOf(names);
  }

  /**
   * Reads the settings of a node.
   *
   * @throws MillraceException {@code INVALID_LIMITS}
   */
  public static NodeLimits of(WorkflowNode node) {
    RetryPolicy simple =
        node.retryOnFail()
            ? RetryPolicy.fixed(node.maxTries(), Duration.ofMillis(node.waitBetweenTries()))
            : null;
    Optional<LimitFields> ours =
        LimitFields.of(node.raw().get("millrace"), "node \"" + node.name() + "\": millrace", NAMES);
    return ours.map(fields ->
            new NodeLimits(
                RetryPolicy.read(fields).orElse(simple),
                fields.seconds("timeLimit", null),
                GatePolicy.read(fields).orElse(null)))
        .orElseGet(() -> new NodeLimits(simple, null, null));
  }

  /** How many executions of a workflow may run at once: its {@code settings.millrace}. */
  public static Optional<GatePolicy> ofWorkflow(Map<String, @Nullable Object> settings) {
    if (!(settings.get("millrace") instanceof Map<?, ?> ours) || ours.get("concurrency") == null) {
      return Optional.empty();
    }
    // Other settings stand beside them.
    Map<Object, @Nullable Object> limits = new HashMap<>(ours);
    limits.keySet().retainAll(Set.of("concurrency", "maxWaiting"));
    return GatePolicy.read(limits, "settings.millrace");
  }
}
