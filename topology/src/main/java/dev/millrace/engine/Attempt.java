package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.limit.RetryPolicy;
import dev.millrace.node.ErrorOutputRouting;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.PairingRules;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at the entry in front of the queue: what goes into the node, and the form in which
 * its answer is recorded.
 *
 * @param inputs the entry's, as the node sees them
 * @param number from 1
 */
record Attempt(
    PlannedNode planned,
    QueueEntry entry,
    List<@Nullable List<Item>> inputs,
    int number,
    Instant began) {

  static Attempt of(PlannedNode planned, QueueEntry entry, int number, Instant began) {
    return new Attempt(planned, entry, stamped(planned.node(), entry.inputs()), number, began);
  }

  /** Whether another attempt follows if this one fails. */
  boolean mayRepeat() {
    RetryPolicy retry = planned.limits().retry();
    return retry != null && number < retry.tries();
  }

  /** The inputs with every item pointing at exactly its own place, cut when run once. */
  private static List<@Nullable List<Item>> stamped(
      WorkflowNode node, List<@Nullable List<Item>> inputs) {
    List<@Nullable List<Item>> stamped = new ArrayList<>(inputs.size());
    for (int input = 0; input < inputs.size(); input++) {
      List<Item> items = inputs.get(input);
      if (items == null) {
        stamped.add(null);
        continue;
      }
      int count = node.executeOnce() ? Math.min(1, items.size()) : items.size();
      List<Item> copies = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        copies.add(items.get(i).withPairing(Pairing.to(i, input)));
      }
      stamped.add(copies);
    }
    return stamped;
  }

  /**
   * A node's answer as it is recorded: lineage, error output, alwaysOutputData. An answer of
   * nothing at all only comes here to be made one empty item.
   */
  List<@Nullable List<Item>> finished(
      @Nullable List<@Nullable List<Item>> answered, ExecutionView execution) {
    WorkflowNode node = planned.node();
    List<@Nullable List<Item>> filled = PairingRules.fill(inputs, answered);
    List<@Nullable List<Item>> outputs = filled == null ? List.of() : filled;
    if (answered != null
        && node.onError() == WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT
        && !node.disabled()) {
      outputs =
          ErrorOutputRouting.route(
              inputs, entry.sources(), outputs, planned.ports().outputs(), execution);
    }
    if (node.alwaysOutputData()) {
      List<Item> first = outputs.isEmpty() ? null : outputs.get(0);
      if (first == null || first.isEmpty()) {
        outputs = new ArrayList<>(outputs);
        List<Item> one = List.of(Item.empty().withPairing(pairingToAll(inputs)));
        if (outputs.isEmpty()) {
          outputs.add(one);
        } else {
          outputs.set(0, one);
        }
      }
    }
    return RunErrors.asJson(outputs);
  }

  /** Forgets what was parsed of large items, see {@link Item#compact}. */
  static void compact(List<@Nullable List<Item>> ports) {
    for (List<Item> items : ports) {
      if (items != null) {
        items.forEach(Item::compact);
      }
    }
  }

  private static Pairing pairingToAll(List<@Nullable List<Item>> inputs) {
    List<dev.millrace.item.PairedItem> all = new ArrayList<>();
    for (int input = 0; input < inputs.size(); input++) {
      List<Item> items = inputs.get(input);
      for (int i = 0; items != null && i < items.size(); i++) {
        all.add(dev.millrace.item.PairedItem.of(i, input));
      }
    }
    return Pairing.to(all);
  }
}
