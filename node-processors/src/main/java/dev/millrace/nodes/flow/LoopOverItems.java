package dev.millrace.nodes.flow;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.ContextChange;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loop Over Items (Split In Batches): hands out its items in batches, one batch each time that the
 * loop comes back to it, and at the end everything that came back.
 *
 * <p>What is left and what came back is the node's context in the execution, under the names that
 * expressions read: {@code items, processedItems, currentRunIndex, maxRunIndex, sourceData,
 * noItemsLeft, done}.
 */
public final class LoopOverItems implements FlowNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.splitInBatches")
          .named("Loop Over Items (Split in Batches)", "Loops over the items in batches.")
          .group("organization")
          .versions(1, 2, 3)
          .ports((node, parameters) -> Ports.of(1, node.typeVersion() < 2 ? 1 : 2))
          .properties(
              Property.number("batchSize", "Batch Size", 10)
                  .withTypeOption("minValue", 1)
                  .showWhen("@version", 1, 2),
              Property.number("batchSize", "Batch Size", 1)
                  .withTypeOption("minValue", 1)
                  .showWhen("@version", 3),
              Property.collection("options", "Options", Property.bool("reset", "Reset", false)))
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    double size = call.number("batchSize", 0, 1);
    if (size < 1) {
      throw new NodeException("The batch size must be at least 1.");
    }
    int batchSize = (int) size;
    boolean reset = Boolean.TRUE.equals(call.object("options", 0).get("reset"));
    boolean first = reset || !(call.context().get("items") instanceof List<?>);
    return first ? begin(call, batchSize) : next(call, batchSize);
  }

  private static NodeOutput begin(NodeCall call, int batchSize) {
    List<Item> items = call.input();
    int end = Math.min(batchSize, items.size());
    Map<String, @Nullable Object> context = new LinkedHashMap<>(call.context());
    context.put("currentRunIndex", 0.0);
    context.put("maxRunIndex", Math.ceil(items.size() / (double) batchSize));
    context.put("sourceData", sourceForm(call));
    context.put("items", forms(items.subList(end, items.size())));
    context.put("processedItems", List.of());
    putProgress(context, end == 0, end == items.size());
    return answer(call, items.subList(0, end), List.of())
        .withContext(new ContextChange.Whole(context));
  }

  private static NodeOutput next(NodeCall call, int batchSize) {
    Map<String, @Nullable Object> before = call.context();
    List<@Nullable Object> cameBack = new ArrayList<>();
    if (call.node().typeVersion() >= 2) {
      Source source = call.sources().isEmpty() ? null : call.sources().getFirst();
      for (int i = 0; i < call.input().size(); i++) {
        Pairing back = new Pairing.One(new PairedItem(i, 0, source));
        cameBack.add(call.input().get(i).withPairing(back).toJson());
      }
    }
    List<?> left = list(before.get("items"));
    int end = Math.min(batchSize, left.size());
    Source origin = source(before.get("sourceData"));
    List<Item> batch = new ArrayList<>(end);
    for (Item item : items(left.subList(0, end))) {
      batch.add(item.withPairing(overwritten(item.pairing(), origin)));
    }
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put(
        "currentRunIndex",
        before.get("currentRunIndex") instanceof Number index ? index.doubleValue() + 1 : 1.0);
    putProgress(values, end == 0, end == left.size());
    ContextChange change =
        new ContextChange.Part(
            values,
            Map.of(
                "items", new ContextChange.Queue(end, List.of()),
                "processedItems", new ContextChange.Queue(0, cameBack)));
    List<?> finished = end == 0 ? list(change.applyTo(before).get("processedItems")) : List.of();
    return answer(call, batch, items(finished)).withContext(change);
  }

  private static void putProgress(
      Map<String, @Nullable Object> context, boolean done, boolean last) {
    context.put("noItemsLeft", last);
    context.put("done", done);
  }

  private static NodeOutput answer(NodeCall call, List<Item> batch, List<Item> finished) {
    double version = call.node().typeVersion();
    if (version < 2) {
      return batch.isEmpty() ? NodeOutput.NOTHING : NodeOutput.of(batch);
    }
    return NodeOutput.ofOutputs(version < 3 ? List.of(batch, finished) : List.of(finished, batch));
  }

  /** Lineage that leads to the loop's first input, whatever run hands the item out. */
  private static Pairing overwritten(@Nullable Pairing pairing, @Nullable Source origin) {
    return switch (pairing) {
      case null -> new Pairing.One(new PairedItem(0, 0, origin));
      case Pairing.One one ->
          new Pairing.One(new PairedItem(one.item().item(), one.item().input(), origin));
      case Pairing.Many many ->
          Pairing.to(
              many.all().stream()
                  .map(paired -> new PairedItem(paired.item(), paired.input(), origin))
                  .toList());
    };
  }

  private static List<@Nullable Object> forms(List<Item> items) {
    List<@Nullable Object> forms = new ArrayList<>(items.size());
    for (Item item : items) {
      forms.add(item.toJson());
    }
    return forms;
  }

  private static List<Item> items(List<?> forms) {
    List<Item> items = new ArrayList<>(forms.size());
    for (Object form : forms) {
      items.add(form instanceof Map<?, ?> item ? Item.fromJson(item) : Item.empty());
    }
    return items;
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static @Nullable Object sourceForm(NodeCall call) {
    Source source = call.sources().isEmpty() ? null : call.sources().getFirst();
    return source == null
        ? null
        : Map.of(
            "previousNode", source.node(),
            "previousNodeOutput", (double) source.output(),
            "previousNodeRun", (double) source.run());
  }

  private static @Nullable Source source(@Nullable Object form) {
    return form instanceof Map<?, ?> map && map.get("previousNode") instanceof String node
        ? new Source(
            node, number(map.get("previousNodeOutput")), number(map.get("previousNodeRun")))
        : null;
  }

  private static int number(@Nullable Object value) {
    return value instanceof Number n ? n.intValue() : 0;
  }
}
