package dev.millrace.testing;

import dev.millrace.engine.NodeRunner;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.AwaitedCall;
import dev.millrace.node.CodeEffects;
import dev.millrace.node.ContextChange;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.StateScope;
import dev.millrace.node.Suspension;
import dev.millrace.node.TriggerNode;
import dev.millrace.node.WebhookResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Node kinds of graphs, as types {@code test.KIND}. All are pure functions of their call. */
public final class GraphNodes {
  /** The type by which the engine finds where an error workflow begins. */
  public static final String ERROR_TRIGGER = "n8n-nodes-base.errorTrigger";

  private GraphNodes() {}

  /** The type of a kind. */
  public static String type(String kind) {
    return "test." + kind;
  }

  /** All kinds. */
  public static NodeCatalogue catalogue() {
    return NodeCatalogue.of(
        List.of(
            new Trigger(spec("trigger", Ports.TRIGGER)),
            new Entry(spec("entry", Ports.TRIGGER)),
            new Entry(
                NodeSpec.type(ERROR_TRIGGER)
                    .named("errorTrigger", "Where an error workflow begins.")
                    .ports(Ports.TRIGGER)
                    .build()),
            node("pass", Ports.ONE_TO_ONE, call -> NodeOutput.of(call.input())),
            node("fresh", Ports.ONE_TO_ONE, call -> NodeOutput.of(numbers(call, "items"))),
            node("if", Ports.of(1, 2), GraphNodes::route),
            node("merge", merging(2, new Ports.Required.AtLeast(1)), GraphNodes::concatenate),
            node(
                "mergeAll",
                merging(2, new Ports.Required.Inputs(List.of(0, 1))),
                GraphNodes::concatenate),
            node(
                "mergeFirst",
                merging(2, new Ports.Required.Inputs(List.of(0))),
                GraphNodes::concatenate),
            node("mergeAny", merging(2, Ports.Required.none()), GraphNodes::concatenate),
            node("merge3", merging(3, new Ports.Required.AtLeast(1)), GraphNodes::concatenate),
            node("throw", Ports.ONE_TO_ONE, GraphNodes::failAtFirst),
            node("crash", Ports.ONE_TO_ONE, GraphNodes::crash),
            node("itemErr", Ports.ONE_TO_ONE, GraphNodes::failOnItems),
            node("itemErrObject", Ports.ONE_TO_ONE, GraphNodes::markItems),
            node("nothing", Ports.ONE_TO_ONE, call -> NodeOutput.NOTHING),
            node("wait", Ports.ONE_TO_ONE, GraphNodes::waitAWhile),
            node("remember", Ports.ONE_TO_ONE, GraphNodes::remember),
            node("waitForCall", Ports.ONE_TO_ONE, GraphNodes::waitForCall),
            node("respond", Ports.ONE_TO_ONE, GraphNodes::respond),
            node("sub", Ports.ONE_TO_ONE, GraphNodes::callOnce),
            node("subEach", Ports.ONE_TO_ONE, GraphNodes::callEach),
            outside("call", call -> NodeOutput.of(call.input())),
            new Tally(spec("tally", Ports.ONE_TO_ONE)),
            outside("callThrow", GraphNodes::failAtFirst),
            outside("callCrash", GraphNodes::crash),
            outside("callItemErr", GraphNodes::failOnItems),
            outside("callNothing", call -> NodeOutput.NOTHING),
            node("sib", Ports.of(1, 2), GraphNodes::loop),
            node("gate", Ports.of(1, 2), GraphNodes::rounds)));
  }

  /** Calls the node itself, as its processor does in the topology. */
  public static NodeRunner runner() {
    return (planned, call) ->
        switch (Objects.requireNonNull(planned.processor())) {
          case FlowNode flow -> flow.run(call);
          case TriggerNode trigger -> trigger.run(call);
          case KeyedNode keyed -> keyed.run(call);
          case NodeProcessor other -> throw new IllegalStateException("no graph node: " + other);
        };
  }

  private record Node(NodeSpec spec, Function<NodeCall, NodeOutput> behaviour) implements FlowNode {
    @Override
    public NodeOutput run(NodeCall call) {
      return behaviour.apply(call);
    }
  }

  private record Outside(NodeSpec spec, Function<NodeCall, NodeOutput> behaviour)
      implements EffectNode {
    @Override
    public NodeOutput run(NodeCall call, EffectContext context) {
      return behaviour.apply(call);
    }
  }

  /** Does a worker's part in the thread of the test. */
  public static NodeOutput runOutside(EffectNode node, NodeCall call) {
    return ((Outside) node).behaviour().apply(call);
  }

  /** Counts its items in all executions, and numbers them; without state where it is told so. */
  private record Tally(NodeSpec spec) implements KeyedNode {
    @Override
    public @Nullable StateScope scope(NodeCall call) {
      return number(call, "stateless", 0) > 0
          ? null
          : StateScope.ofNode("tally", call)
              .seeingExecution(call.node().parameters().containsKey("sees"));
    }

    @Override
    public NodeOutput run(NodeCall call) {
      return NodeOutput.of(call.input());
    }

    @Override
    public NodeOutput run(NodeCall call, KeyedState state) {
      byte[] before = state.get("count");
      int count = before == null ? 0 : ByteBuffer.wrap(before).getInt();
      List<Item> numbered = new ArrayList<>();
      for (Item item : call.input()) {
        count++;
        Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
        json.put("number", (double) count);
        if (call.node().parameters().get("sees") instanceof String other) {
          json.put("seen", (double) call.execution().runCount(other));
        }
        numbered.add(item.withJson(json));
      }
      // Changed first: a run that fails must not have changed it.
      state.put("count", ByteBuffer.allocate(Integer.BYTES).putInt(count).array());
      if (call.attempt() <= number(call, "failTimes", 0)) {
        throw new NodeException("attempt " + call.attempt() + " fails");
      }
      if (call.node().parameters().get("crash") != null) {
        throw new AssertionError("crashed");
      }
      int bytes = number(call, "bytes", 0);
      return NodeOutput.of(
          bytes == 0 ? numbered : List.of(Item.of(Map.of("v", "x".repeat(bytes)))));
    }
  }

  private record Trigger(NodeSpec spec) implements TriggerNode {
    @Override
    public NodeOutput run(NodeCall call) {
      return NodeOutput.of(
          call.node().parameters().containsKey("items")
              ? numbers(call, "items")
              : List.of(number(1.0)));
    }
  }

  /** A trigger that answers what it was started with. */
  private record Entry(NodeSpec spec) implements TriggerNode {
    @Override
    public NodeOutput run(NodeCall call) {
      return NodeOutput.of(call.input());
    }
  }

  private static Node node(String kind, Ports ports, Function<NodeCall, NodeOutput> behaviour) {
    return new Node(spec(kind, ports), behaviour);
  }

  private static Outside outside(String kind, Function<NodeCall, NodeOutput> behaviour) {
    return new Outside(spec(kind, Ports.ONE_TO_ONE), behaviour);
  }

  private static NodeSpec spec(String kind, Ports ports) {
    return NodeSpec.type(type(kind)).named(kind, "A node of a test.").ports(ports).build();
  }

  private static Ports merging(int inputs, Ports.Required required) {
    return new Ports(inputs, 1, required);
  }

  private static List<?> list(NodeCall call, String parameter) {
    return call.node().parameters().get(parameter) instanceof List<?> list ? list : List.of();
  }

  private static int number(NodeCall call, String parameter, int fallback) {
    return call.node().parameters().get(parameter) instanceof Number n ? n.intValue() : fallback;
  }

  private static Item number(@Nullable Object v) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("v", v);
    return Item.of(json);
  }

  private static List<Item> numbers(NodeCall call, String parameter) {
    return list(call, parameter).stream().map(GraphNodes::number).toList();
  }

  /** Output 0 for the listed values, output 1 for the others. */
  private static NodeOutput route(NodeCall call) {
    List<Item> passed = new ArrayList<>();
    List<Item> others = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      Item item = call.input().get(i);
      boolean passes = list(call, "pass").contains(item.json().get("v"));
      (passes ? passed : others).add(item.withPairing(Pairing.to(i)));
    }
    return NodeOutput.ofOutputs(List.of(passed, others));
  }

  private static NodeOutput waitAWhile(NodeCall call) {
    return NodeOutput.of(call.input())
        .waitingFor(new Suspension.Until(call.now().toInstant().plusSeconds(3)));
  }

  /** Counts its runs in the static data, as code of a run by hand does. */
  private static NodeOutput remember(NodeCall call) {
    Map<String, @Nullable Object> data = call.execution().staticData();
    double runs = data != null && data.get("global") instanceof Double n ? n : 0;
    return NodeOutput.of(List.of(number(runs)))
        .withEffects(CodeEffects.returned(Map.of(), Map.of("global", runs + 1)));
  }

  /** Waits for a call, with a limit when it is given seconds. */
  private static NodeOutput waitForCall(NodeCall call) {
    int seconds = number(call, "seconds", 0);
    return NodeOutput.of(call.input())
        .waitingFor(
            new Suspension.ForCall(
                new AwaitedCall(
                    AwaitedCall.Kind.WEBHOOK, "", call.node().name(), "", null, Map.of(), Map.of()),
                seconds == 0 ? null : call.now().toInstant().plusSeconds(seconds)));
  }

  /** Answers a caller with the node's name. */
  private static NodeOutput respond(NodeCall call) {
    return NodeOutput.of(call.input())
        .withResponse(
            new WebhookResponse(
                200, Map.of(), call.node().name().getBytes(StandardCharsets.UTF_8)));
  }

  private static NodeOutput callOnce(NodeCall call) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < number(call, "times", 1); i++) {
      items.addAll(call.input());
    }
    return called(call, List.of(items));
  }

  private static NodeOutput callEach(NodeCall call) {
    return called(call, call.input().stream().map(List::of).toList());
  }

  /** Calls a workflow that answers what it gets, or one that fails. */
  private static NodeOutput called(NodeCall call, List<List<Item>> items) {
    String workflow =
        call.node().parameters().get("workflow") instanceof String id
            ? id
            : number(call, "fails", 0) > 0 ? "fails" : "echo";
    return NodeOutput.of(call.input())
        .waitingFor(
            new Suspension.SubWorkflow(
                items.stream().map(each -> new Suspension.Call(workflow, null, each)).toList(),
                number(call, "detached", 0) == 0));
  }

  private static NodeOutput concatenate(NodeCall call) {
    List<Item> all = new ArrayList<>();
    for (int input = 0; input < call.inputs().size(); input++) {
      all.addAll(call.input(input));
    }
    return NodeOutput.of(all);
  }

  private static NodeOutput failAtFirst(NodeCall call) {
    if (call.attempt() <= number(call, "failTimes", 99)) {
      throw new NodeException("attempt " + call.attempt() + " fails");
    }
    return NodeOutput.of(call.input());
  }

  /** Fails as no node should: with an error of the virtual machine or an assertion. */
  private static NodeOutput crash(NodeCall call) {
    if ("stack".equals(call.node().parameters().get("how"))) {
      return NodeOutput.of(List.of(number((double) depth(0))));
    }
    throw new AssertionError("crashed");
  }

  @SuppressWarnings("InfiniteRecursion")
  private static int depth(int level) {
    return 1 + depth(level + 1);
  }

  private static NodeOutput failOnItems(NodeCall call) {
    List<Item> answers = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      Object v = call.input().get(i).json().get("v");
      boolean bad = list(call, "bad").contains(v);
      String message = "bad item " + dev.millrace.value.Coercion.toText(v);
      if (bad && !call.continueOnFail()) {
        throw new NodeException(message, i);
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put(bad ? "error" : "ok", bad ? message : v);
      answers.add(Item.of(json).withPairing(Pairing.to(i)));
    }
    return NodeOutput.of(answers);
  }

  /** Attaches an error object to the listed values and leaves the others alone. */
  private static NodeOutput markItems(NodeCall call) {
    List<Item> answers = new ArrayList<>();
    for (Item item : call.input()) {
      boolean bad = list(call, "bad").contains(item.json().get("v"));
      answers.add(bad ? item.withError(Map.of("message", "marked")) : item);
    }
    return NodeOutput.of(answers);
  }

  /** Output 0 for the first so many runs, output 1 from then on. */
  private static NodeOutput rounds(NodeCall call) {
    int done = call.context().get("rounds") instanceof Number n ? n.intValue() : 0;
    boolean again = done < number(call, "rounds", 0);
    return NodeOutput.ofOutputs(
            again ? List.of(call.input(), List.of()) : List.of(List.of(), call.input()))
        .withContext(Map.of("rounds", done + 1.0));
  }

  /** Batches of the items of its first run on output 1; when none is left, what came back on 0. */
  private static NodeOutput loop(NodeCall call) {
    Source source = call.sources().isEmpty() ? null : call.sources().get(0);
    List<Object> left;
    List<Object> processed = new ArrayList<>();
    List<Item> came = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      came.add(call.input().get(i).withPairing(new Pairing.One(new PairedItem(i, 0, source))));
    }
    boolean first = call.context().isEmpty();
    if (first) {
      left = new ArrayList<>(came.stream().<Object>map(Item::toJson).toList());
    } else {
      left = new ArrayList<>((List<?>) Objects.requireNonNull(call.context().get("items")));
      processed.addAll((List<?>) Objects.requireNonNull(call.context().get("processedItems")));
      came.forEach(item -> processed.add(item.toJson()));
    }
    List<Item> batch = new ArrayList<>();
    int size = Math.max(1, number(call, "batchSize", 1));
    while (!left.isEmpty() && batch.size() < size) {
      Item next = Item.fromJson((Map<?, ?>) left.removeFirst());
      batch.add(first ? next.withPairing(Pairing.to(batch.size())) : next);
    }
    List<Item> done = new ArrayList<>();
    if (batch.isEmpty()) {
      processed.forEach(form -> done.add(Item.fromJson((Map<?, ?>) form)));
    }
    NodeOutput output = NodeOutput.ofOutputs(List.of(done, batch));
    if (!first) {
      List<@Nullable Object> cameBack = new ArrayList<>();
      came.forEach(item -> cameBack.add(item.toJson()));
      return output.withContext(
          new ContextChange.Part(
              Map.of(),
              Map.of(
                  "items", new ContextChange.Queue(batch.size(), List.of()),
                  "processedItems", new ContextChange.Queue(0, cameBack))));
    }
    Map<String, @Nullable Object> context = new LinkedHashMap<>();
    context.put("items", left);
    context.put("processedItems", processed);
    return output.withContext(context);
  }
}
