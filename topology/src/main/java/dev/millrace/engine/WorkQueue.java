package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.NodeRun;
import dev.millrace.node.Ports;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is left to run: the queue of ready node runs, and the nodes with several inputs that wait
 * for the rest of their data. Holds the rules of both execution orders.
 */
final class WorkQueue {
  private final Plan plan;
  private final Function<String, List<NodeRun>> runs;
  private final Deque<QueueEntry> ready = new ArrayDeque<>();
  // How many entries of each node are ready; only order v0 asks.
  private final Map<String, Integer> readyByNode = new HashMap<>();
  // By node in the order in which they began to wait, then by slot number.
  private final Map<String, TreeMap<Integer, Slot>> waiting = new LinkedHashMap<>();

  /** A set of inputs of one node that is still incomplete. */
  private static final class Slot {
    final List<@Nullable List<Item>> inputs;
    final List<@Nullable Source> sources;

    Slot(int inputCount) {
      inputs = nulls(inputCount);
      sources = nulls(inputCount);
    }

    boolean complete() {
      return !inputs.contains(null);
    }
  }

  private static <T> List<@Nullable T> nulls(int count) {
    List<@Nullable T> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(null);
    }
    return list;
  }

  /** A choice among the waiting nodes, made when nothing is ready. */
  record Release(String node, int slot, boolean runs) {}

  /**
   * @param runs the recorded runs of a node, empty when it has none
   */
  WorkQueue(Plan plan, Function<String, List<NodeRun>> runs) {
    this.plan = plan;
    this.runs = runs;
  }

  @Nullable QueueEntry front() {
    return ready.peekFirst();
  }

  boolean isEmpty() {
    return ready.isEmpty();
  }

  int size() {
    return ready.size();
  }

  QueueEntry take() {
    QueueEntry entry = ready.removeFirst();
    count(entry, -1);
    return entry;
  }

  void putFront(QueueEntry entry) {
    ready.addFirst(entry);
    count(entry, 1);
  }

  void putBack(QueueEntry entry) {
    ready.addLast(entry);
    count(entry, 1);
  }

  private void count(QueueEntry entry, int change) {
    if (plan.order() == Plan.ExecutionOrder.V0) {
      readyByNode.merge(entry.node(), change, Integer::sum);
    }
  }

  /** Queues the children of a node that ran with these outputs. */
  void enqueueChildren(PlannedNode parent, List<@Nullable List<Item>> outputs, int runIndex) {
    boolean v1 = plan.order() == Plan.ExecutionOrder.V1;
    List<Delivery> deliveries = new ArrayList<>();
    for (int output = 0; output < parent.children().size(); output++) {
      List<Item> items = output < outputs.size() ? outputs.get(output) : null;
      if (items == null) {
        continue;
      }
      Source source = new Source(parent.name(), output, runIndex);
      for (PlannedNode.Child child : parent.children().get(output)) {
        // The legacy order also tells an input after the first that its branch came out empty.
        if (!items.isEmpty() || (!v1 && child.input() > 0)) {
          deliveries.add(new Delivery(plan.node(child.node()), child.input(), items, source));
        }
      }
    }
    if (v1 && deliveries.size() > 1) {
      // Each goes to the front, so the one to run first is delivered last: the sort is by
      // descending place, and being stable it leaves a later connection of the same place first.
      deliveries.sort(
          Comparator.<Delivery>comparingDouble(d -> -d.node.node().y())
              .thenComparingDouble(d -> -d.node.node().x()));
    }
    for (Delivery delivery : deliveries) {
      deliver(parent, delivery, runIndex);
    }
  }

  private record Delivery(PlannedNode node, int input, List<Item> items, Source source) {}

  private void deliver(PlannedNode parent, Delivery delivery, int runIndex) {
    PlannedNode child = delivery.node();
    if (!child.joinsInputs()) {
      List<@Nullable List<Item>> inputs = nulls(delivery.input());
      List<@Nullable Source> sources = nulls(delivery.input());
      inputs.add(delivery.items());
      sources.add(delivery.source());
      enqueue(new QueueEntry(child.name(), inputs, sources));
      return;
    }
    TreeMap<Integer, Slot> slots = waiting.get(child.name());
    boolean first = slots == null;
    if (slots == null) {
      slots = new TreeMap<>();
      waiting.put(child.name(), slots);
    }
    int slotNumber = slotWithRoom(slots, delivery.input());
    Slot slot = slots.computeIfAbsent(slotNumber, number -> new Slot(child.parents().size()));
    slot.inputs.set(delivery.input(), delivery.items());
    slot.sources.set(delivery.input(), delivery.source());
    if (slot.complete()) {
      enqueue(new QueueEntry(child.name(), slot.inputs, slot.sources));
      removeSlot(child.name(), slotNumber);
    } else if (first && plan.order() == Plan.ExecutionOrder.V0) {
      forceMissingInputs(parent, child, runIndex, delivery.items().isEmpty());
    }
  }

  private static int slotWithRoom(NavigableMap<Integer, Slot> slots, int input) {
    for (Map.Entry<Integer, Slot> slot : slots.entrySet()) {
      if (slot.getValue().inputs.get(input) == null) {
        return slot.getKey();
      }
    }
    return slots.isEmpty() ? 0 : slots.lastKey() + 1;
  }

  private void removeSlot(String node, int number) {
    TreeMap<Integer, Slot> slots = waiting.get(node);
    if (slots != null) {
      slots.remove(number);
      if (slots.isEmpty()) {
        waiting.remove(node);
      }
    }
  }

  private void enqueue(QueueEntry entry) {
    if (plan.order() == Plan.ExecutionOrder.V1) {
      putFront(entry);
    } else {
      putBack(entry);
    }
  }

  /**
   * Order v0: when a node starts to wait, whatever would fill its other inputs is started with one
   * empty item, unless it is on its way anyway. A sibling that got nothing from the same parent is
   * left alone when the waiting node got nothing from it either.
   */
  private void forceMissingInputs(
      PlannedNode from, PlannedNode waitingNode, int runIndex, boolean nothingCame) {
    List<String> siblings =
        from.children().stream().flatMap(List::stream).map(PlannedNode.Child::node).toList();
    for (List<PlannedNode.Parent> input : waitingNode.parents()) {
      for (PlannedNode.Parent missing : input) {
        String name = missing.node();
        if (name.equals(from.name())
            || isReady(name)
            || !runs.apply(name).isEmpty()
            || (siblings.contains(name) && (nothingCame || !incomingIsEmpty(name, runIndex)))) {
          continue;
        }
        String toStart = topmostIdle(name, siblings);
        if (toStart != null
            && (plan.node(toStart).parents().isEmpty() || incomingIsEmpty(toStart, runIndex))) {
          putBack(
              new QueueEntry(
                  toStart,
                  new ArrayList<>(List.of(List.of(Item.empty()))),
                  new ArrayList<>(List.of(new Source(from.name(), 0, 0)))));
        }
      }
    }
  }

  /** The farthest ancestor of a node that has not run, or null when the node gets data anyway. */
  private @Nullable String topmostIdle(String name, List<String> siblings) {
    String candidate = name;
    List<String> upwards = new ArrayList<>();
    upwards.add(name);
    upwards.addAll(plan.ancestors(name));
    for (String ancestor : upwards) {
      if ((!ancestor.equals(name) && siblings.contains(ancestor)) || isReady(ancestor)) {
        return null;
      }
      if (!runs.apply(ancestor).isEmpty()) {
        return candidate;
      }
      candidate = ancestor;
    }
    return candidate;
  }

  private boolean isReady(String node) {
    return readyByNode.getOrDefault(node, 0) > 0;
  }

  /** Whether nothing has come, in that run, from what feeds the node's first input. */
  private boolean incomingIsEmpty(String node, int runIndex) {
    List<List<PlannedNode.Parent>> parents = plan.node(node).parents();
    if (parents.isEmpty()) {
      return true;
    }
    for (PlannedNode.Parent parent : parents.get(0)) {
      List<NodeRun> parentRuns = runs.apply(parent.node());
      if (runIndex < parentRuns.size()
          && !parentRuns.get(runIndex).output(parent.output()).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * When nothing is ready: which waiting node goes next with the inputs it has. Empty when none
   * may.
   */
  Optional<Release> nextRelease() {
    for (Map.Entry<String, TreeMap<Integer, Slot>> entry : waiting.entrySet()) {
      String name = entry.getKey();
      PlannedNode node = plan.node(name);
      if (waiting.size() > 1
          && plan.ancestors(name).stream()
              .anyMatch(ancestor -> !ancestor.equals(name) && waiting.containsKey(ancestor))) {
        continue;
      }
      Map.Entry<Integer, Slot> lowest = entry.getValue().firstEntry();
      List<@Nullable List<Item>> inputs = lowest.getValue().inputs;
      if (plan.order() == Plan.ExecutionOrder.V1 && !mayRunEarly(node.ports(), inputs)) {
        continue;
      }
      return Optional.of(new Release(name, lowest.getKey(), QueueEntry.anyItems(inputs)));
    }
    return Optional.empty();
  }

  private static boolean mayRunEarly(Ports ports, List<@Nullable List<Item>> inputs) {
    return switch (ports.required()) {
      case Ports.Required.None none -> true;
      case Ports.Required.AtLeast atLeast ->
          atLeast.count() != ports.inputs()
              && inputs.stream().filter(items -> items != null && !items.isEmpty()).count()
                  >= atLeast.count();
      case Ports.Required.Inputs required ->
          required.indexes().size() != ports.inputs()
              && required.indexes().stream()
                  .allMatch(i -> {
                    List<Item> items = i < inputs.size() ? inputs.get(i) : null;
                    return items != null && !items.isEmpty();
                  });
    };
  }

  /**
   * Carries out a release: the slot is queued with empty inputs for what is missing, or dropped.
   */
  void release(String node, int slotNumber, boolean run) {
    TreeMap<Integer, Slot> slots = waiting.get(node);
    Slot slot = slots == null ? null : slots.get(slotNumber);
    if (slot == null) {
      throw new IllegalArgumentException("nothing waits at " + node + " in slot " + slotNumber);
    }
    removeSlot(node, slotNumber);
    if (run) {
      int inputCount = Math.max(slot.inputs.size(), plan.node(node).ports().inputs());
      while (slot.inputs.size() < inputCount) {
        slot.inputs.add(null);
        slot.sources.add(null);
      }
      slot.inputs.replaceAll(items -> items == null ? List.of() : items);
      putFront(new QueueEntry(node, slot.inputs, slot.sources));
    }
  }

  /** What is queued, in its order. */
  List<QueueEntry> ready() {
    return List.copyOf(ready);
  }

  /** What waits for the rest of its inputs, in the order in which it is looked at. */
  List<History.Waiting> waiting() {
    List<History.Waiting> all = new ArrayList<>();
    waiting.forEach((node, slots) ->
        slots.forEach((number, slot) ->
            all.add(
                new History.Waiting(
                    number,
                    new QueueEntry(
                        node, new ArrayList<>(slot.inputs), new ArrayList<>(slot.sources))))));
    return all;
  }

  /**
   * Puts what was left of another execution in the place of all that is here. The plan may be a
   * later one, in which a node has more inputs, or is gone.
   */
  void restore(History history) {
    ready.clear();
    readyByNode.clear();
    waiting.clear();
    history.ready().forEach(this::putBack);
    for (History.Waiting left : history.waiting()) {
      QueueEntry entry = left.entry();
      int inputs =
          Math.max(
              entry.inputs().size(),
              plan.find(entry.node()).map(node -> node.parents().size()).orElse(0));
      Slot slot = new Slot(inputs);
      for (int i = 0; i < entry.inputs().size(); i++) {
        slot.inputs.set(i, entry.inputs().get(i));
        slot.sources.set(i, entry.sources().get(i));
      }
      waiting.computeIfAbsent(entry.node(), node -> new TreeMap<>()).put(left.slot(), slot);
    }
  }

  /** Comparable picture of the whole queue, for tests of replay. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("ready=").append(ready).append(" waiting={");
    waiting.forEach((node, slots) ->
        slots.forEach((number, slot) ->
            text.append(node).append('#').append(number).append('=').append(slot.inputs)));
    return text.append('}').toString();
  }
}
