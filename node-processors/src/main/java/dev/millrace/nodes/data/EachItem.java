package dev.millrace.nodes.data;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The course of a node that works on one item after the other. */
final class EachItem {
  private EachItem() {}

  /** What a node makes of one item. */
  @FunctionalInterface
  interface Work {
    List<Item> on(Item item, int index);
  }

  /**
   * Runs the work on each item of the first input, and points what it makes at that item. A failure
   * names the item, or becomes an error item where the node is set to continue.
   */
  static NodeOutput run(NodeCall call, Work work) {
    List<Item> made = new ArrayList<>(call.input().size());
    for (int i = 0; i < call.input().size(); i++) {
      Pairing origin = Pairing.to(i);
      try {
        for (Item item : work.on(call.input().get(i), i)) {
          made.add(item.withPairing(origin));
        }
      } catch (MillraceException failed) {
        if (!call.continueOnFail()) {
          throw located(failed, i);
        }
        made.add(Item.of(Map.of("error", failed.text())).withPairing(origin));
      }
    }
    return NodeOutput.of(made);
  }

  private static MillraceException located(MillraceException failed, int index) {
    return failed instanceof NodeException node && node.itemIndex() < 0
        ? new NodeException(
            node.code(), node.text(), index, node.description(), node.detail(), node)
        : failed;
  }
}
