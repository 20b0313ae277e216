package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.node.ContextChange;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Coercion;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The state of one execution. {@link #apply} is the only thing that changes it; what is stored of
 * an execution is its events, and applying them again gives this state. One thread at a time.
 */
public final class ExecutionState implements ExecutionView {
  private final Plan plan;
  private final WorkQueue queue;
  private final Map<String, List<NodeRun>> runs = new LinkedHashMap<>();
  private final Map<String, Map<String, @Nullable Object>> contexts = new HashMap<>();
  private final Map<String, List<Item>> pins;
  private final Map<String, String> variables;
  private final Map<String, String> customData = new LinkedHashMap<>();
  private final UnaryOperator<String> resumeUrls;
  private final Set<String> resumeKeys = new HashSet<>();
  private final List<Caller> callers = new ArrayList<>();

  private String executionId = "";
  private ExecutionMode mode = ExecutionMode.MANUAL;
  private ExecutionStatus status = ExecutionStatus.RUNNING;
  private Instant startedAt = Instant.EPOCH;
  private @Nullable String startNode;
  private @Nullable String retryOf;
  private Command.@Nullable Destination destination;
  private @Nullable Set<String> runFilter;
  private int executionIndex;
  private int attempt;
  private int calls;
  private int postponedInARow;
  private @Nullable Instant retryAt;
  private Event.@Nullable EffectRequested awaiting;
  private Event.@Nullable WaitStarted waiting;
  private @Nullable Children children;
  private Duration waited = Duration.ZERO;
  private @Nullable String lastNode;
  private @Nullable Map<String, @Nullable Object> error;
  private @Nullable Map<String, @Nullable Object> staticData;

  /**
   * An execution that has not started.
   *
   * @param variables {@code $vars}
   */
  public ExecutionState(Plan plan, Map<String, String> variables) {
    this(plan, variables, executionId -> "");
  }

  /**
   * An execution that has not started.
   *
   * @param variables {@code $vars}
   * @param resumeUrls the URL by which an execution is resumed, by its id; empty for none
   */
  public ExecutionState(
      Plan plan, Map<String, String> variables, UnaryOperator<String> resumeUrls) {
    this.resumeUrls = resumeUrls;
    this.plan = plan;
    this.variables = variables;
    this.pins = plan.document().pinData();
    this.queue = new WorkQueue(plan, this::runs);
  }

  /**
   * Changes the state by what happened.
   *
   * @throws IllegalStateException when it cannot happen in this state; the state is unchanged then
   */
  public void apply(Event event) {
    status = ExecutionLifecycle.after(startNode == null ? null : status, event);
    if (!(event instanceof Event.NodePostponed) && !(event instanceof Event.ExecutionYielded)) {
      postponedInARow = 0;
    }
    awaiting = event instanceof Event.EffectRequested requested ? requested : null;
    if (waiting != null) {
      Instant over = event instanceof Event.WaitResumed resumed ? resumed.at() : waiting.until();
      waited = waited.plus(Duration.between(waiting.at(), over));
    }
    waiting = event instanceof Event.WaitStarted started ? started : null;
    if (!(event instanceof Event.ChildReturned)) {
      children = null;
    }
    switch (event) {
      case Event.EffectRequested requested -> calls = requested.call();
      case Event.WaitStarted started -> calls = Math.max(calls, started.call());
      case Event.WaitResumed resumed -> resume(resumed);
      case Event.ChildrenStarted started -> {
        calls = started.call();
        children = new Children(started);
      }
      case Event.ChildReturned returned -> {
        if (children != null) {
          children.returned(returned);
        }
      }
      case Event.ExecutionStarted started -> start(started);
      case Event.HistoryTaken taken -> takeOver(taken.history());
      case Event.NodeCompleted completed -> complete(completed);
      case Event.NodeSkipped skipped -> nextEntry();
      case Event.NodePostponed postponed -> {
        queue.putBack(nextEntry());
        postponedInARow++;
      }
      case Event.AttemptFailed failed -> {
        attempt = failed.attempt();
        retryAt = failed.retryAt();
        store(failed.customData());
      }
      case Event.RetryDue due -> retryAt = null;
      case Event.WaitingReleased released ->
          queue.release(released.node(), released.slot(), released.runs());
      case Event.ExecutionYielded yielded -> {}
      case Event.StaticDataChanged changed -> staticData = changed.data();
      case Event.ExecutionEnded ended -> error = ended.error();
    }
  }

  private void start(Event.ExecutionStarted started) {
    executionId = started.executionId();
    mode = started.mode();
    startNode = started.startNode();
    startedAt = started.at();
    destination = started.destination();
    Command.Destination end = destination;
    if (end != null) {
      Set<String> filter = new HashSet<>(plan.ancestors(end.node()));
      if (end.inclusive()) {
        filter.add(end.node());
      } else {
        filter.remove(end.node());
      }
      runFilter = filter;
    }
    if (started.startOutput() != 0) {
      contexts.put(started.startNode(), Map.of("output", (double) started.startOutput()));
    }
    List<@Nullable List<Item>> inputs = new ArrayList<>();
    inputs.add(started.items());
    queue.putBack(new QueueEntry(started.startNode(), inputs, new ArrayList<>()));
  }

  private void takeOver(History history) {
    retryOf = history.executionId();
    for (NodeRun run : history.runs()) {
      runs.computeIfAbsent(run.node(), n -> new ArrayList<>()).add(run);
      executionIndex++;
      lastNode = run.node();
    }
    contexts.putAll(history.contexts());
    store(history.customData());
    queue.restore(history);
  }

  private QueueEntry nextEntry() {
    attempt = 0;
    return queue.take();
  }

  private void complete(Event.NodeCompleted completed) {
    QueueEntry entry = nextEntry();
    NodeRun run = completed.run();
    runs.computeIfAbsent(run.node(), n -> new ArrayList<>()).add(run);
    executionIndex++;
    lastNode = run.node();
    ContextChange change = completed.context();
    if (change != null) {
      contexts.put(run.node(), change.applyTo(context(run.node())));
    }
    store(completed.customData());
    if (completed.stops()) {
      // The failed entry stays in front, so that a retry of the execution begins with it.
      queue.putFront(entry);
    } else if (destination == null || !destination.node().equals(run.node())) {
      queue.enqueueChildren(plan.node(run.node()), run.outputs(), run.run());
    }
  }

  private void resume(Event.WaitResumed resumed) {
    if (resumed.idempotencyKey() != null) {
      resumeKeys.add(resumed.idempotencyKey());
    }
    if (resumed.caller() != null) {
      callers.add(resumed.caller());
    }
  }

  private void store(@Nullable Map<String, String> stored) {
    if (stored != null) {
      customData.putAll(stored);
    }
  }

  public Plan plan() {
    return plan;
  }

  WorkQueue queue() {
    return queue;
  }

  /** Whether nothing is queued to run; nodes may still wait for the rest of their inputs. */
  public boolean nothingReady() {
    return queue.isEmpty();
  }

  public ExecutionStatus status() {
    return status;
  }

  public Instant startedAt() {
    return startedAt;
  }

  /** The node that the execution started with, null before it has. */
  public @Nullable String startNode() {
    return startNode;
  }

  /** The execution whose history this one took over, or null. */
  public @Nullable String retryOf() {
    return retryOf;
  }

  /** Where the execution ends before its last node, or null. */
  public Command.@Nullable Destination destination() {
    return destination;
  }

  /** The contexts of the nodes that have one. */
  Map<String, Map<String, @Nullable Object>> contexts() {
    return Collections.unmodifiableMap(contexts);
  }

  /** The error that ended the execution, or null. */
  public @Nullable Map<String, @Nullable Object> error() {
    return error;
  }

  /** The last node that ran, null before the first. */
  public @Nullable String lastNode() {
    return lastNode;
  }

  /** How many node runs are recorded, which is the execution index of the next one. */
  public int executionIndex() {
    return executionIndex;
  }

  /** Failed attempts at the entry in front of the queue. */
  int attempt() {
    return attempt;
  }

  /** How often an entry went to the back of the queue since anything else happened. */
  int postponedInARow() {
    return postponedInARow;
  }

  /** When the next attempt may begin; null when it need not wait. */
  public @Nullable Instant retryAt() {
    return retryAt;
  }

  /** How many calls to the outside were asked for. */
  int calls() {
    return calls;
  }

  /** What a worker was asked to do and has not done yet, or null. */
  public Event.@Nullable EffectRequested awaiting() {
    return awaiting;
  }

  /** The wait for a time or a call that the execution is in, or null. */
  public Event.@Nullable WaitStarted waiting() {
    return waiting;
  }

  /**
   * Those who resumed the execution by a call and wait for what comes of it, the last at the end.
   */
  public List<Caller> callers() {
    return Collections.unmodifiableList(callers);
  }

  /** Whether a call with that key has resumed the execution before. */
  public boolean wasResumedBy(@Nullable String idempotencyKey) {
    return idempotencyKey != null && resumeKeys.contains(idempotencyKey);
  }

  /** When the execution has to be over, or null. */
  @Nullable Instant deadline() {
    Duration limit = plan.timeLimit();
    return limit == null || startNode == null ? null : startedAt.plus(limit).plus(waited);
  }

  /** The executions that this one waits for, or null. */
  @Nullable Children children() {
    return children;
  }

  boolean mayRun(String node) {
    return runFilter == null || runFilter.contains(node);
  }

  /** The recorded runs of a node, in order. */
  public List<NodeRun> runs(String node) {
    return Collections.unmodifiableList(runs.getOrDefault(node, List.of()));
  }

  /** All recorded runs by node, in the order of the nodes' first runs. */
  public Map<String, List<NodeRun>> allRuns() {
    return Collections.unmodifiableMap(runs);
  }

  @Override
  public String executionId() {
    return executionId;
  }

  @Override
  public ExecutionMode mode() {
    return mode;
  }

  @Override
  public WorkflowDocument workflow() {
    return plan.document();
  }

  @Override
  public ZoneId zone() {
    return plan.zone();
  }

  @Override
  public int runCount(String node) {
    List<NodeRun> all = runs.get(node);
    return all == null ? 0 : all.size();
  }

  @Override
  public @Nullable NodeRun run(String node, int run) {
    List<NodeRun> all = runs.get(node);
    return all == null || run < 0 || run >= all.size() ? null : all.get(run);
  }

  @Override
  public @Nullable List<Item> pinned(String node) {
    return mode.isManual() ? pins.get(node) : null;
  }

  @Override
  public Map<String, @Nullable Object> context(String node) {
    return contexts.getOrDefault(node, Map.of());
  }

  @Override
  public @Nullable Map<String, @Nullable Object> staticData() {
    return staticData;
  }

  @Override
  public Map<String, String> variables() {
    return variables;
  }

  @Override
  public Map<String, String> customData() {
    return Collections.unmodifiableMap(customData);
  }

  @Override
  public String resumeUrl() {
    return resumeUrls.apply(executionId);
  }

  /** A picture of everything in it, equal for equal states. */
  @Override
  public String toString() {
    return executionId
        + " "
        + status
        + " index="
        + executionIndex
        + " attempt="
        + attempt
        + " postponed="
        + postponedInARow
        + " retryAt="
        + retryAt
        + " calls="
        + calls
        + " awaiting="
        + awaiting
        + " waiting="
        + waiting
        + " children="
        + children
        + " resumedBy="
        + new TreeSet<>(resumeKeys)
        + callers
        + " last="
        + lastNode
        + " error="
        + (error == null ? "-" : Coercion.toText(error.get("message")))
        + " runs="
        + runs
        + " contexts="
        + contexts
        + " customData="
        + customData
        + (staticData == null ? "" : " staticData=" + staticData)
        + " "
        + queue;
  }
}
