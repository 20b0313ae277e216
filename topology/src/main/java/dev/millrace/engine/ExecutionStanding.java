package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where an execution stands, for those who look at it from outside: what ran, what is left to run,
 * what it waits for. Nothing that nodes answered is in it, only how much.
 *
 * @param deadline when it has to be over, null where nothing says so
 * @param retryOf the execution whose history it took over, or null
 * @param nodes those that ran, in the order of their first runs
 * @param queued what is left: first what is ready, in its order, then what waits for more inputs
 * @param held what it is held up by, empty while it has its turn
 * @param openChildren the executions that it waits for
 */
public record ExecutionStanding(
    ExecutionMode mode,
    ExecutionStatus status,
    Instant startedAt,
    @Nullable Instant deadline,
    @Nullable String retryOf,
    List<Ran> nodes,
    List<Queued> queued,
    Optional<Held> held,
    List<String> openChildren,
    Map<String, String> customData) {

  /**
   * What a node has done so far.
   *
   * @param errors how many of its runs have an error
   * @param items how many its last run answered, by output; -1 for an output without data
   * @param micros of all its runs
   */
  public record Ran(String node, int runs, int errors, List<Integer> items, long micros) {
    Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("node", node);
      json.put("runs", (double) runs);
      json.put("errors", (double) errors);
      json.put("items", counts(items));
      json.put("durationMs", micros / 1000.0);
      return json;
    }
  }

  /**
   * A run that is to come.
   *
   * @param ready false while inputs are missing
   * @param items how many each input has; -1 for one that nothing has come to
   */
  public record Queued(String node, boolean ready, List<Integer> items) {
    Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("node", node);
      json.put("ready", ready);
      json.put("items", counts(items));
      return json;
    }
  }

  /** Looks at a state, which is not changed. */
  public static ExecutionStanding of(ExecutionState state) {
    Children children = state.children();
    List<String> open = new ArrayList<>();
    if (children != null) {
      int call = children.started().call();
      children.open().forEach(index -> open.add(Children.id(state.executionId(), call, index)));
    }
    List<Ran> nodes = new ArrayList<>();
    state.allRuns().forEach((node, runs) -> nodes.add(ran(node, runs)));
    List<Queued> queued = new ArrayList<>();
    state
        .queue()
        .ready()
        .forEach(entry -> queued.add(new Queued(entry.node(), true, sizes(entry.inputs()))));
    state
        .queue()
        .waiting()
        .forEach(left ->
            queued.add(new Queued(left.entry().node(), false, sizes(left.entry().inputs()))));
    return new ExecutionStanding(
        state.mode(),
        state.status(),
        state.startedAt(),
        state.deadline(),
        state.retryOf(),
        List.copyOf(nodes),
        List.copyOf(queued),
        held(state, open.size()),
        List.copyOf(open),
        Map.copyOf(state.customData()));
  }

  private static Optional<Held> held(ExecutionState state, int openChildren) {
    Event.EffectRequested asked = state.awaiting();
    Event.WaitStarted wait = state.waiting();
    Children children = state.children();
    Instant retryAt = state.retryAt();
    QueueEntry front = state.queue().front();
    if (asked != null) {
      return Optional.of(
          new Held.Call(asked.node(), asked.call(), asked.attempt(), asked.at(), asked.gates()));
    }
    if (wait != null) {
      Held.LookingBack back = new Held.LookingBack();
      back.before(wait);
      return back.held();
    }
    if (children != null) {
      Event.ChildrenStarted started = children.started();
      return Optional.of(
          new Held.Executions(
              started.node(), started.call(), started.at(), started.count(), openChildren));
    }
    if (retryAt != null && front != null) {
      return Optional.of(new Held.Retry(front.node(), state.attempt(), retryAt));
    }
    return Optional.empty();
  }

  private static Ran ran(String node, List<NodeRun> runs) {
    long micros = runs.stream().mapToLong(NodeRun::durationMicros).sum();
    int errors = (int) runs.stream().filter(run -> run.error() != null).count();
    return new Ran(node, runs.size(), errors, sizes(runs.getLast().outputs()), micros);
  }

  private static List<Integer> sizes(List<@Nullable List<Item>> ports) {
    List<Integer> sizes = new ArrayList<>();
    for (List<Item> items : ports) {
      sizes.add(items == null ? -1 : items.size());
    }
    return List.copyOf(sizes);
  }

  private static List<@Nullable Object> counts(List<Integer> sizes) {
    List<@Nullable Object> counts = new ArrayList<>();
    for (int size : sizes) {
      counts.add(size < 0 ? null : (double) size);
    }
    return counts;
  }

  /** A timer that will wake it. */
  private record Timer(String kind, Instant due) {}

  /** The next first. */
  private List<Timer> timers() {
    List<Timer> timers = new ArrayList<>();
    if (deadline != null) {
      timers.add(new Timer("deadline", deadline));
    }
    held.ifPresent(by -> {
      switch (by) {
        case Held.Wait wait -> {
          if (wait.until() != null) {
            timers.add(new Timer("wait", wait.until()));
          }
        }
        case Held.Retry retry -> timers.add(new Timer("retry", retry.due()));
        case Held.Call call -> {}
        case Held.Executions executions -> {}
      }
    });
    timers.sort(Comparator.comparing(Timer::due));
    return timers;
  }

  /** {@code {retryOf, waitsFor, nodes, queued, timers, tasks, openExecutions, customData}}. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("retryOf", retryOf);
    json.put("waitsFor", held.map(Held::toJson).orElse(null));
    json.put("nodes", nodes.stream().map(Ran::toJson).toList());
    json.put("queued", queued.stream().map(Queued::toJson).toList());
    json.put(
        "timers",
        timers().stream()
            .map(timer -> Map.of("kind", timer.kind(), "due", timer.due().toString()))
            .toList());
    json.put("tasks", held.filter(Held.Call.class::isInstance).map(Held::toJson).stream().toList());
    json.put("openExecutions", openChildren);
    json.put("customData", customData);
    return json;
  }
}
