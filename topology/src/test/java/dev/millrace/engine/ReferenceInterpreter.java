package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.ContextChange;
import dev.millrace.node.EffectNode;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeRun;
import dev.millrace.node.Ports;
import dev.millrace.node.Suspension;
import dev.millrace.node.TriggerNode;
import dev.millrace.testing.GraphNodes;
import dev.millrace.value.Json;
import dev.millrace.workflow.Connection;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The execution semantics as plain as they can be written: lists, one loop, no events, no speed.
 * Shares nothing with the core but the node types; what the core does must agree with it.
 *
 * <p>One rule is not in the specification in full and is told here as the core tells it: which
 * ancestors order v0 starts when a node begins to wait ({@link #forceMissingInputs}).
 */
final class ReferenceInterpreter {
  private final WorkflowDocument document;
  private final NodeCatalogue catalogue;
  private final Budget budget;
  private final boolean v1;
  private final List<Entry> stack = new ArrayList<>();
  private final Map<String, List<Entry>> waiting = new LinkedHashMap<>();
  private final Map<String, Map<String, @Nullable Object>> contexts = new HashMap<>();
  private @Nullable Map<String, @Nullable Object> staticData;
  private final List<NodeRun> runs = new ArrayList<>();
  private String startNode = "";
  private @Nullable Set<String> filter;
  private @Nullable String destination;
  private int postponedInARow;
  private String status = "running";

  private record Entry(
      String node, List<@Nullable List<Item>> inputs, List<@Nullable Source> sources) {}

  ReferenceInterpreter(WorkflowDocument document, NodeCatalogue catalogue, Budget budget) {
    this.document = document;
    this.catalogue = catalogue;
    this.budget = budget;
    this.v1 = "v1".equals(document.settings().get("executionOrder"));
  }

  List<NodeRun> runs() {
    return runs;
  }

  String status() {
    return status;
  }

  @Nullable String lastNode() {
    return runs.isEmpty() ? null : runs.getLast().node();
  }

  void run(Command.Start start) {
    startNode = Objects.requireNonNull(start.startNode());
    Command.Destination end = start.destination();
    if (end != null) {
      destination = end.node();
      filter = new HashSet<>(ancestors(end.node()));
      filter.remove(end.node());
      if (end.inclusive()) {
        filter.add(end.node());
      }
    }
    if (node(startNode).disabled()) {
      status = "error";
      return;
    }
    List<@Nullable List<Item>> inputs = new ArrayList<>();
    inputs.add(start.items());
    stack.add(new Entry(startNode, inputs, List.of()));
    while (status.equals("running")) {
      if (stack.isEmpty()) {
        if (!release()) {
          status = "success";
        }
      } else if (runs.size() >= budget.stepsInAll() || stack.size() > budget.stepsInAll()) {
        status = "error";
      } else {
        step(stack.removeFirst());
      }
    }
  }

  private void step(Entry entry) {
    WorkflowNode node = node(entry.node());
    if (filter != null && !filter.contains(node.name())) {
      postponedInARow = 0;
      return;
    }
    if (!v1 && lacksInput(entry)) {
      if (postponedInARow > stack.size()) {
        status = "error";
      }
      postponedInARow++;
      stack.addLast(entry);
      return;
    }
    postponedInARow = 0;
    List<@Nullable List<Item>> inputs = stamped(node, entry.inputs());
    int tries = node.retryOnFail() ? node.maxTries() : 1;
    List<@Nullable List<Item>> outputs = null;
    ContextChange context = null;
    Map<String, @Nullable Object> remembered = null;
    String failure = null;
    for (int attempt = 1; attempt <= tries; attempt++) {
      outputs = null;
      failure = null;
      try {
        NodeOutput answer = answer(node, inputs, entry.sources(), attempt);
        outputs = answer.outputs();
        context = answer.context();
        remembered = answer.effects() == null ? null : answer.effects().staticData();
        if (attempt < tries && startsWithError(outputs)) {
          continue;
        }
        outputs = finished(node, entry, inputs, outputs);
        if (outputs != null && bytes(outputs) + bytes(context) > budget.bytesPerRun()) {
          throw new IllegalStateException("too large");
        }
        break;
      } catch (RuntimeException | Error thrown) {
        failure = String.valueOf(thrown.getMessage());
        context = null;
      }
    }
    if (failure == null && outputs == null) {
      return;
    }
    if (failure != null) {
      outputs = new ArrayList<>();
      if (node.continuesOnFail()) {
        outputs.add(inputs.isEmpty() ? null : inputs.get(0));
      }
    }
    int run = runsOf(node.name()).size();
    runs.add(
        new NodeRun(
            node.name(),
            run,
            runs.size(),
            Instant.EPOCH,
            0,
            entry.sources(),
            Objects.requireNonNull(outputs),
            failure == null ? null : Map.of("message", failure)));
    if (context != null) {
      contexts.put(node.name(), context.applyTo(contexts.getOrDefault(node.name(), Map.of())));
    }
    if (remembered != null && failure == null) {
      staticData = remembered;
    }
    if (failure != null && !node.continuesOnFail()) {
      status = "error";
    } else if (!node.name().equals(destination)) {
      enqueueChildren(node.name(), run, outputs);
    }
  }

  private NodeOutput answer(
      WorkflowNode node,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      int attempt) {
    List<Item> first = inputs.isEmpty() ? null : inputs.get(0);
    if (node.disabled()) {
      return first == null ? NodeOutput.NOTHING : NodeOutput.of(first);
    }
    if (document.pinData().containsKey(node.name())) {
      return NodeOutput.of(document.pinData().get(node.name()));
    }
    boolean firstRunOfStart = node.name().equals(startNode) && runsOf(startNode).isEmpty();
    boolean hasItems =
        v1
            ? inputs.stream().anyMatch(i -> i != null && !i.isEmpty())
            : first != null && !first.isEmpty();
    if (!firstRunOfStart && !hasItems) {
      return NodeOutput.NOTHING;
    }
    NodeCall call = new Call(node, inputs, sources, runsOf(node.name()).size(), attempt, view());
    NodeOutput output =
        switch (processor(node)) {
          case FlowNode flow -> flow.run(call);
          case TriggerNode trigger -> trigger.run(call);
          case EffectNode effect -> GraphNodes.runOutside(effect, call);
          case NodeProcessor other -> throw new IllegalStateException("no graph node: " + other);
        };
    // A call answers what it was given, so only one that fails makes a difference.
    if (output.suspension() instanceof Suspension.SubWorkflow sub
        && sub.awaited()
        && sub.calls().stream().anyMatch(each -> each.workflowId().equals("fails"))) {
      throw new IllegalStateException("the other workflow fails");
    }
    return output;
  }

  private List<@Nullable List<Item>> stamped(WorkflowNode node, List<@Nullable List<Item>> inputs) {
    List<@Nullable List<Item>> stamped = new ArrayList<>();
    for (int input = 0; input < inputs.size(); input++) {
      List<Item> items = inputs.get(input);
      if (items == null) {
        stamped.add(null);
        continue;
      }
      List<Item> copies = new ArrayList<>();
      for (int i = 0; i < items.size() && (i == 0 || !node.executeOnce()); i++) {
        copies.add(items.get(i).withPairing(Pairing.to(i, input)));
      }
      stamped.add(copies);
    }
    return stamped;
  }

  private static boolean startsWithError(@Nullable List<@Nullable List<Item>> outputs) {
    List<Item> first = outputs == null || outputs.isEmpty() ? null : outputs.get(0);
    if (first == null || first.isEmpty()) {
      return false;
    }
    Object error = first.get(0).json().get("error");
    return error != null && !error.equals(false);
  }

  private @Nullable List<@Nullable List<Item>> finished(
      WorkflowNode node,
      Entry entry,
      List<@Nullable List<Item>> inputs,
      @Nullable List<@Nullable List<Item>> answered) {
    List<@Nullable List<Item>> outputs = answered == null ? null : paired(inputs, answered);
    if (outputs != null
        && node.onError() == WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT
        && !node.disabled()) {
      outputs = errorsApart(node, entry, inputs, outputs);
    }
    List<Item> first = outputs == null || outputs.isEmpty() ? null : outputs.get(0);
    if (node.alwaysOutputData() && (first == null || first.isEmpty())) {
      List<PairedItem> all = new ArrayList<>();
      for (int input = 0; input < inputs.size(); input++) {
        List<Item> items = inputs.get(input);
        for (int i = 0; items != null && i < items.size(); i++) {
          all.add(PairedItem.of(i, input));
        }
      }
      outputs = outputs == null ? new ArrayList<>() : new ArrayList<>(outputs);
      List<Item> one = List.of(Item.empty().withPairing(Pairing.to(all)));
      if (outputs.isEmpty()) {
        outputs.add(one);
      } else {
        outputs.set(0, one);
      }
    }
    if (outputs == null) {
      return null;
    }
    List<@Nullable List<Item>> shown = new ArrayList<>();
    for (List<Item> items : outputs) {
      List<Item> copies = new ArrayList<>();
      for (Item item : items == null ? List.<Item>of() : items) {
        Map<String, @Nullable Object> error = item.error();
        if (error == null) {
          copies.add(item);
        } else {
          Map<String, @Nullable Object> json = new LinkedHashMap<>();
          json.put("error", error.get("message"));
          copies.add(item.withJson(json));
        }
      }
      shown.add(items == null ? null : copies);
    }
    return shown;
  }

  /** Lineage for items that have none, by the numbers of items. */
  private static List<@Nullable List<Item>> paired(
      List<@Nullable List<Item>> inputs, List<@Nullable List<Item>> outputs) {
    int itemsIn = 0;
    for (List<Item> items : inputs) {
      itemsIn += items == null ? 0 : items.size();
    }
    List<Item> only = outputs.size() == 1 ? outputs.get(0) : null;
    boolean oneInput = inputs.size() == 1;
    boolean toFirst;
    boolean toSame;
    if (oneInput && itemsIn == 1) {
      toFirst = true;
      toSame = false;
    } else if (oneInput && inputs.get(0) != null && only != null && only.size() == itemsIn) {
      toFirst = false;
      toSame = true;
    } else {
      toFirst = only != null && only.size() == 1 && itemsIn > 0;
      toSame = false;
    }
    List<@Nullable List<Item>> result = new ArrayList<>();
    for (List<Item> items : outputs) {
      List<Item> copies = new ArrayList<>();
      for (int i = 0; items != null && i < items.size(); i++) {
        Item item = items.get(i);
        copies.add(
            item.pairing() == null && (toFirst || toSame)
                ? item.withPairing(Pairing.to(toSame ? i : 0))
                : item);
      }
      result.add(items == null ? null : copies);
    }
    return result;
  }

  /** The error items of the normal outputs moved to the error output. */
  private List<@Nullable List<Item>> errorsApart(
      WorkflowNode node,
      Entry entry,
      List<@Nullable List<Item>> inputs,
      List<@Nullable List<Item>> outputs) {
    int errorOutput = ports(node).outputs();
    List<@Nullable List<Item>> result = new ArrayList<>();
    List<Item> errors = new ArrayList<>();
    for (int i = 0; i < errorOutput; i++) {
      List<Item> items = i < outputs.size() ? outputs.get(i) : null;
      List<Item> good = new ArrayList<>();
      for (Item item : items == null ? List.<Item>of() : items) {
        if (isError(item)) {
          errors.add(overlaid(item, entry, inputs));
        } else {
          good.add(item);
        }
      }
      result.add(items == null ? null : good);
    }
    for (int i = errorOutput; i < outputs.size(); i++) {
      List<Item> items = outputs.get(i);
      if (items != null && i == errorOutput) {
        errors.addAll(items);
      }
    }
    result.add(errors);
    return result;
  }

  private static boolean isError(Item item) {
    Set<String> others = new HashSet<>(item.json().keySet());
    others.removeAll(List.of("error", "message", "details"));
    Object error = item.json().get("error");
    boolean set = error != null && !error.equals(false) && !error.equals("");
    return item.error() != null || (set && others.isEmpty());
  }

  private Item overlaid(Item item, Entry entry, List<@Nullable List<Item>> inputs) {
    Pairing pairing = item.pairing();
    if (pairing == null || pairing.all().isEmpty()) {
      return item;
    }
    PairedItem to = pairing.all().get(0);
    Source source = to.source();
    if (source == null && to.input() < entry.sources().size()) {
      source = entry.sources().get(to.input());
    }
    List<Item> from = to.input() < inputs.size() ? inputs.get(to.input()) : null;
    if (source != null && source.run() < runsOf(source.node()).size()) {
      from = runsOf(source.node()).get(source.run()).output(source.output());
    }
    if (from == null || to.item() >= from.size()) {
      return item;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>(from.get(to.item()).json());
    json.putAll(item.json());
    return item.withJson(json);
  }

  private static long bytes(@Nullable List<@Nullable List<Item>> outputs) {
    long bytes = 0;
    for (List<Item> items : outputs == null ? List.<List<Item>>of() : outputs) {
      for (Item item : items == null ? List.<Item>of() : items) {
        bytes += item.jsonBytes().length;
      }
    }
    return bytes;
  }

  private static long bytes(@Nullable ContextChange context) {
    return switch (context) {
      case null -> 0;
      case ContextChange.Whole whole -> Json.write(whole.values()).length;
      case ContextChange.Part part -> Json.write(part.toJson()).length;
    };
  }

  private record Delivery(Connection edge, List<Item> items) {}

  private void enqueueChildren(String parent, int run, List<@Nullable List<Item>> outputs) {
    List<Delivery> deliveries = new ArrayList<>();
    for (int output = 0; output < outputs.size(); output++) {
      List<Item> items = outputs.get(output);
      for (Connection edge : document.connections()) {
        if (items != null
            && edge.from().equals(parent)
            && edge.output() == output
            && (!items.isEmpty() || (!v1 && edge.input() > 0))) {
          deliveries.add(new Delivery(edge, items));
        }
      }
    }
    if (v1) {
      // In the order in which they will run: a later connection before an earlier one of the same
      // place. Each goes to the front, so the last one goes first.
      Collections.reverse(deliveries);
      deliveries.sort(
          Comparator.<Delivery>comparingDouble(d -> node(d.edge().to()).y())
              .thenComparingDouble(d -> node(d.edge().to()).x()));
      Collections.reverse(deliveries);
    }
    for (Delivery delivery : deliveries) {
      deliver(parent, run, delivery);
    }
  }

  private void deliver(String parent, int run, Delivery delivery) {
    String child = delivery.edge().to();
    int input = delivery.edge().input();
    Source source = new Source(parent, delivery.edge().output(), run);
    if (inputsInUse(child) < 2) {
      Entry entry = empty(child, input + 1);
      entry.inputs().set(input, delivery.items());
      entry.sources().set(input, source);
      push(entry);
      return;
    }
    boolean beginsToWait = !waiting.containsKey(child);
    List<Entry> slots = waiting.computeIfAbsent(child, n -> new ArrayList<>());
    Entry slot = null;
    for (Entry candidate : slots) {
      if (slot == null && candidate.inputs().get(input) == null) {
        slot = candidate;
      }
    }
    if (slot == null) {
      slot = empty(child, inputsInUse(child));
      slots.add(slot);
    }
    slot.inputs().set(input, delivery.items());
    slot.sources().set(input, source);
    if (!slot.inputs().contains(null)) {
      push(slot);
      remove(child, slots.indexOf(slot));
    } else if (!v1 && beginsToWait) {
      forceMissingInputs(parent, child, run, delivery.items().isEmpty());
    }
  }

  private void push(Entry entry) {
    if (v1) {
      stack.addFirst(entry);
    } else {
      stack.addLast(entry);
    }
  }

  private void remove(String node, int slot) {
    List<Entry> slots = Objects.requireNonNull(waiting.get(node));
    slots.remove(slot);
    if (slots.isEmpty()) {
      waiting.remove(node);
    }
  }

  private static Entry empty(String node, int inputs) {
    List<@Nullable List<Item>> items = new ArrayList<>();
    List<@Nullable Source> sources = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      items.add(null);
      sources.add(null);
    }
    return new Entry(node, items, sources);
  }

  private boolean release() {
    for (String name : List.copyOf(waiting.keySet())) {
      Set<String> above = ancestors(name);
      above.remove(name);
      if (above.stream().anyMatch(waiting::containsKey)) {
        continue;
      }
      Entry slot = Objects.requireNonNull(waiting.get(name)).getFirst();
      Ports ports = ports(node(name));
      if (v1 && !mayRunEarly(ports, slot.inputs())) {
        continue;
      }
      remove(name, 0);
      while (slot.inputs().size() < ports.inputs()) {
        slot.inputs().add(null);
        slot.sources().add(null);
      }
      slot.inputs().replaceAll(items -> items == null ? List.of() : items);
      if (slot.inputs().stream().anyMatch(items -> items != null && !items.isEmpty())) {
        stack.addFirst(slot);
        return true;
      }
      return release();
    }
    return false;
  }

  private static boolean mayRunEarly(Ports ports, List<@Nullable List<Item>> inputs) {
    Set<Integer> filled = new HashSet<>();
    for (int i = 0; i < inputs.size(); i++) {
      List<Item> items = inputs.get(i);
      if (items != null && !items.isEmpty()) {
        filled.add(i);
      }
    }
    if (ports.required() instanceof Ports.Required.AtLeast atLeast) {
      return atLeast.count() != ports.inputs() && filled.size() >= atLeast.count();
    }
    if (ports.required() instanceof Ports.Required.Inputs required) {
      return required.indexes().size() != ports.inputs() && filled.containsAll(required.indexes());
    }
    return true;
  }

  private void forceMissingInputs(String from, String child, int run, boolean gotNothing) {
    Set<String> siblings = new HashSet<>();
    for (Connection edge : document.connections()) {
      if (edge.from().equals(from)) {
        siblings.add(edge.to());
      }
    }
    for (Connection edge : into(child)) {
      String missing = edge.from();
      boolean onItsWay = siblings.contains(missing) && (gotNothing || !nothingCame(missing, run));
      if (missing.equals(from) || queued(missing) || !runsOf(missing).isEmpty() || onItsWay) {
        continue;
      }
      String top = missing;
      for (String ancestor : ancestors(missing)) {
        boolean same = ancestor.equals(missing);
        if ((!same && siblings.contains(ancestor)) || queued(ancestor)) {
          top = "";
          break;
        }
        if (!runsOf(ancestor).isEmpty()) {
          break;
        }
        top = ancestor;
      }
      if (!top.isEmpty() && (into(top).isEmpty() || nothingCame(top, run))) {
        List<@Nullable List<Item>> one = new ArrayList<>();
        one.add(List.of(Item.empty()));
        List<@Nullable Source> source = new ArrayList<>();
        source.add(new Source(from, 0, 0));
        stack.addLast(new Entry(top, one, source));
      }
    }
  }

  private boolean nothingCame(String node, int run) {
    for (Connection edge : into(node)) {
      if (edge.input() == 0
          && run < runsOf(edge.from()).size()
          && !runsOf(edge.from()).get(run).output(edge.output()).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private boolean queued(String node) {
    return stack.stream().anyMatch(entry -> entry.node().equals(node));
  }

  private boolean lacksInput(Entry entry) {
    if (entry.node().equals(startNode)) {
      return false;
    }
    for (Connection edge : into(entry.node())) {
      // A node that was forced to start has its first input alone; only a third one is missed.
      int given = entry.inputs().size();
      if (edge.input() < given ? entry.inputs().get(edge.input()) == null : edge.input() > given) {
        return true;
      }
    }
    return false;
  }

  /** The edges into a node, by input. */
  private List<Connection> into(String node) {
    return document.connections().stream()
        .filter(edge -> edge.to().equals(node))
        .sorted(Comparator.comparingInt(Connection::input))
        .toList();
  }

  private int inputsInUse(String node) {
    return into(node).stream().mapToInt(edge -> edge.input() + 1).max().orElse(0);
  }

  /** All that lead to a node, level by level; the node itself where it is on a cycle. */
  private Set<String> ancestors(String node) {
    Set<String> seen = new java.util.LinkedHashSet<>();
    List<String> level = List.of(node);
    while (!level.isEmpty()) {
      List<String> next = new ArrayList<>();
      for (String name : level) {
        for (Connection edge : into(name)) {
          if (seen.add(edge.from())) {
            next.add(edge.from());
          }
        }
      }
      level = next;
    }
    return seen;
  }

  private List<NodeRun> runsOf(String node) {
    return runs.stream().filter(run -> run.node().equals(node)).toList();
  }

  private WorkflowNode node(String name) {
    return document.node(name).orElseThrow();
  }

  private NodeProcessor processor(WorkflowNode node) {
    return catalogue.find(node.type()).orElseThrow();
  }

  private Ports ports(WorkflowNode node) {
    return processor(node).spec().ports().apply(node, node.parameters());
  }

  /** What the graph nodes ask of the execution: their context. */
  private ExecutionView view() {
    return (ExecutionView)
        Proxy.newProxyInstance(
            ExecutionView.class.getClassLoader(),
            new Class<?>[] {ExecutionView.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("context")) {
                return contexts.getOrDefault(String.valueOf(arguments[0]), Map.of());
              }
              if (method.getName().equals("staticData")) {
                return staticData;
              }
              if (method.getName().equals("mode")) {
                return ExecutionMode.MANUAL;
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }

  record Call(
      WorkflowNode node,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      int runIndex,
      int attempt,
      ExecutionView execution)
      implements NodeCall {
    @Override
    public @Nullable Object parameter(String path, int itemIndex) {
      return node.parameters().get(path);
    }

    @Override
    public @Nullable Object rawParameter(String path) {
      return node.parameters().get(path);
    }

    @Override
    public @Nullable Object evaluate(String template, int itemIndex) {
      return template;
    }

    @Override
    public dev.millrace.expression.EvaluationScope scope(int itemIndex) {
      throw new UnsupportedOperationException("graph nodes have no expressions");
    }

    @Override
    public java.time.ZonedDateTime now() {
      return Instant.EPOCH.atZone(java.time.ZoneOffset.UTC);
    }

    @Override
    public double random() {
      return 0.5;
    }
  }
}
