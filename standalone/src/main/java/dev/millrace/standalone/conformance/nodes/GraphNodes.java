package dev.millrace.standalone.conformance.nodes;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import dev.millrace.value.Coercion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The trivial nodes of the execution order graphs, of type {@code conformance.KIND}. */
public final class GraphNodes {
  private static final Property ITEMS = Property.of("json", "items", "Items", null);

  private GraphNodes() {}

  /** One of each kind. */
  public static List<NodeProcessor> all() {
    return List.of(
        new Trigger(),
        new Pass(),
        new Fresh(),
        new If(),
        new Concatenate("merge", Ports.of(2, 1), new Ports.Required.AtLeast(1)),
        new Concatenate("mergeAll", Ports.of(2, 1), new Ports.Required.Inputs(List.of(0, 1))),
        new Concatenate("merge3", Ports.of(3, 1), new Ports.Required.AtLeast(1)),
        new Throw(),
        new ItemErrors());
  }

  private static NodeSpec.Builder describe(String kind, String oneSentence) {
    return NodeSpec.type("conformance." + kind).named(kind, oneSentence);
  }

  /** {@code {v}} for each of the numbers that a parameter lists. */
  private static List<Item> numbered(@Nullable Object numbers, List<Object> fallback) {
    List<Item> items = new ArrayList<>();
    for (Object number : numbers instanceof List<?> list ? list : fallback) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("v", number);
      items.add(Item.of(json));
    }
    return items;
  }

  private static boolean lists(@Nullable Object numbers, @Nullable Object value) {
    return numbers instanceof List<?> list && list.contains(value);
  }

  /** Emits its numbers, whatever it was fired with. */
  private static final class Trigger implements TriggerNode {
    private final NodeSpec spec =
        describe("trigger", "Emits numbers.")
            .group("trigger")
            .ports(Ports.TRIGGER)
            .properties(ITEMS)
            .build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      return NodeOutput.of(numbered(call.rawParameter("items"), List.of(1.0)));
    }
  }

  /** Returns what it got. */
  private static final class Pass implements TransformNode {
    private final NodeSpec spec = describe("pass", "Returns its input.").build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      return NodeOutput.of(call.input());
    }
  }

  /** Returns numbers of its own, without lineage. */
  private static final class Fresh implements TransformNode {
    private final NodeSpec spec =
        describe("fresh", "Returns numbers without lineage.").properties(ITEMS).build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      return NodeOutput.of(numbered(call.rawParameter("items"), List.of()));
    }
  }

  /** Output 0 for the numbers that it lists, output 1 for the others. */
  private static final class If implements FlowNode {
    private final NodeSpec spec =
        describe("if", "Routes numbers.")
            .ports(Ports.of(1, 2))
            .properties(Property.of("json", "pass", "Pass", null))
            .build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      List<Item> passed = new ArrayList<>();
      List<Item> others = new ArrayList<>();
      for (int i = 0; i < call.input().size(); i++) {
        Item item = call.input().get(i);
        boolean passes = lists(call.rawParameter("pass"), item.json().get("v"));
        (passes ? passed : others).add(item.withPairing(Pairing.to(i)));
      }
      return NodeOutput.ofOutputs(List.of(passed, others));
    }
  }

  /** The items of all inputs, one after the other. */
  private static final class Concatenate implements FlowNode {
    private final NodeSpec spec;

    Concatenate(String kind, Ports ports, Ports.Required required) {
      this.spec =
          describe(kind, "Returns the items of all inputs.")
              .ports(new Ports(ports.inputs(), ports.outputs(), required))
              .build();
    }

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      List<Item> all = new ArrayList<>();
      for (int input = 0; input < call.inputs().size(); input++) {
        all.addAll(call.input(input));
      }
      return NodeOutput.of(all);
    }
  }

  /** Fails its first attempts. */
  private static final class Throw implements TransformNode {
    private static final double ALWAYS = 99;

    private final NodeSpec spec =
        describe("throw", "Fails its first attempts.")
            .properties(Property.number("failTimes", "Fail Times", ALWAYS))
            .build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      if (call.attempt() <= call.number("failTimes", 0, ALWAYS)) {
        throw new NodeException("attempt " + call.attempt() + " fails");
      }
      return NodeOutput.of(call.input());
    }
  }

  /** Fails on the numbers that it lists: with an error item where it may go on. */
  private static final class ItemErrors implements TransformNode {
    private final NodeSpec spec =
        describe("itemErr", "Fails on some items.")
            .properties(Property.of("json", "bad", "Bad", null))
            .build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    public NodeOutput run(NodeCall call) {
      List<Item> answers = new ArrayList<>();
      for (int i = 0; i < call.input().size(); i++) {
        Object number = call.input().get(i).json().get("v");
        boolean bad = lists(call.rawParameter("bad"), number);
        if (bad && !call.continueOnFail()) {
          throw new NodeException("item " + i + " is bad", i);
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put(bad ? "error" : "ok", bad ? "bad item " + Coercion.toText(number) : number);
        answers.add(Item.of(json).withPairing(Pairing.to(i)));
      }
      return NodeOutput.of(answers);
    }
  }
}
