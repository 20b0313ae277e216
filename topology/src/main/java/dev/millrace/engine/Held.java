package dev.millrace.engine;

import dev.millrace.node.AwaitedCall;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an execution that is not over is held up by. Nothing that nodes answered is in it. */
public sealed interface Held {
  /** The node that is held up. */
  String node();

  /** Whether people see the execution as waiting, and not as running. */
  boolean waits();

  /** {@code {kind, node, ...}} without what is not known. */
  Map<String, @Nullable Object> toJson();

  /**
   * A worker has the node in hand, or will have it once the gates let it pass.
   *
   * @param call number of the call within the execution
   * @param attempt from 1
   */
  record Call(String node, int call, int attempt, Instant since, List<String> gates)
      implements Held {
    @Override
    public boolean waits() {
      return false;
    }

    @Override
    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = json("worker", node, since);
      json.put("call", (double) call);
      json.put("attempt", (double) attempt);
      json.put("gates", gates);
      return json;
    }
  }

  /**
   * The node waits for a time, or for a call until then.
   *
   * @param until null for a call without a limit
   * @param awaited what kind of call is waited for, null for none
   */
  record Wait(
      String node, Instant since, @Nullable Instant until, AwaitedCall.@Nullable Kind awaited)
      implements Held {
    @Override
    public boolean waits() {
      return true;
    }

    @Override
    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json =
          json(awaited == null ? "time" : awaited.name().toLowerCase(Locale.ROOT), node, since);
      json.put("until", until == null ? null : until.toString());
      return json;
    }
  }

  /**
   * The node waits for other executions.
   *
   * @param count how many it called
   * @param open how many of them are not over
   */
  record Executions(String node, int call, Instant since, int count, int open) implements Held {
    @Override
    public boolean waits() {
      return false;
    }

    @Override
    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = json("executions", node, since);
      json.put("call", (double) call);
      json.put("count", (double) count);
      json.put("open", (double) open);
      return json;
    }
  }

  /**
   * The node failed and is tried again.
   *
   * @param failed how many attempts did
   */
  record Retry(String node, int failed, Instant due) implements Held {
    @Override
    public boolean waits() {
      return true;
    }

    @Override
    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = json("retry", node, null);
      json.put("failedAttempts", (double) failed);
      json.put("until", due.toString());
      return json;
    }
  }

  private static Map<String, @Nullable Object> json(
      String kind, String node, @Nullable Instant since) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("kind", kind);
    json.put("node", node);
    if (since != null) {
      json.put("since", since.toString());
    }
    return json;
  }

  /** Looks back through an execution's events for what holds it up. One thread at a time. */
  final class LookingBack {
    private final Set<Integer> returned = new HashSet<>();
    private @Nullable Held held;
    private boolean told;

    /**
     * Looks at the event before those that it was given.
     *
     * @return whether it is known by now
     */
    public boolean before(Event event) {
      if (told) {
        return true;
      }
      told = true;
      switch (event) {
        case Event.ChildReturned child -> {
          returned.add(child.index());
          told = false;
        }
        case Event.EffectRequested asked ->
            held = new Call(asked.node(), asked.call(), asked.attempt(), asked.at(), asked.gates());
        case Event.WaitStarted wait -> held = suspended(wait);
        case Event.ChildrenStarted children ->
            held =
                new Executions(
                    children.node(),
                    children.call(),
                    children.at(),
                    children.count(),
                    children.count() - returned.size());
        case Event.AttemptFailed failed ->
            held = new Retry(failed.node(), failed.attempt(), failed.retryAt());
        case Event.ExecutionStarted started -> {}
        case Event.HistoryTaken taken -> {}
        case Event.NodeCompleted completed -> {}
        case Event.NodeSkipped skipped -> {}
        case Event.NodePostponed postponed -> {}
        case Event.WaitResumed resumed -> {}
        case Event.RetryDue due -> {}
        case Event.WaitingReleased released -> {}
        case Event.StaticDataChanged changed -> {}
        case Event.ExecutionYielded yielded -> {}
        case Event.BudgetHalfUsed half -> {}
        case Event.ExecutionEnded ended -> {}
      }
      return told;
    }

    /** What holds it up, as far as it was looked; empty for an execution that has its turn. */
    public Optional<Held> held() {
      return Optional.ofNullable(held);
    }
  }

  private static Wait suspended(Event.WaitStarted wait) {
    AwaitedCall awaited = wait.awaited();
    return new Wait(
        wait.node(),
        wait.at(),
        wait.until().equals(Event.WaitStarted.NEVER) ? null : wait.until(),
        awaited == null ? null : awaited.kind());
  }
}
