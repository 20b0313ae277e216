package dev.millrace.nodes.flow;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** If: sends each item to output 0 when it meets the conditions, otherwise to output 1. */
public final class IfNode implements TransformNode {
  private static final NodeSpec SPEC =
      FilterParameter.spec("n8n-nodes-base.if", "combineOperation", "Combine", "all", "any")
          .named("If", "Sends items to one of two outputs, by conditions.")
          .ports(Ports.of(1, 2))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    List<Item> items = call.input();
    List<Item> met = new ArrayList<>();
    List<Item> unmet = new ArrayList<>();
    ItemTest test = ItemTest.of(call, "combineOperation", "any");
    for (int i = 0; i < items.size(); i++) {
      (test.holds(i) ? met : unmet).add(items.get(i));
    }
    return NodeOutput.ofOutputs(List.of(met, unmet));
  }

  /** What If and Filter share: whether one item meets the conditions. */
  static final class ItemTest {
    private final NodeCall call;
    private final IntPredicate conditions;

    private ItemTest(NodeCall call, IntPredicate conditions) {
      this.call = call;
      this.conditions = conditions;
    }

    /**
     * @param combine name of the parameter of version 1 that combines conditions
     * @param any its value for "any of them"
     */
    static ItemTest of(NodeCall call, String combine, String any) {
      double version = call.node().typeVersion();
      if (version < 2) {
        return new ItemTest(
            call,
            item -> LegacyComparison.test(call, any.equals(call.string(combine, item, "")), item));
      }
      FilterParameter filter =
          new FilterParameter(
              call, "conditions", version < 2.1, version < 2.2 ? 1 : version < 2.3 ? 2 : 3);
      return new ItemTest(call, filter::test);
    }

    /** An item that cannot be compared does not meet them, where the node goes on after errors. */
    boolean holds(int item) {
      try {
        return conditions.test(item);
      } catch (NodeException incomparable) {
        if (call.continueOnFail()) {
          return false;
        }
        throw incomparable;
      }
    }
  }
}
