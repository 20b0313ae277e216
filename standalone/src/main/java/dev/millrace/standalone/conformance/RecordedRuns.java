package dev.millrace.standalone.conformance;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.NodeRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Node runs in the forms in which recorded data has them. */
final class RecordedRuns {
  private RecordedRuns() {}

  /** The JSON of each item of one output; null where the output has no data. */
  static @Nullable List<Object> json(NodeRun run, int output) {
    List<Item> items = output < run.outputs().size() ? run.outputs().get(output) : null;
    return items == null ? null : new ArrayList<>(items.stream().map(Item::json).toList());
  }

  /** The JSON of each item of each output. */
  static List<@Nullable Object> jsonOfOutputs(NodeRun run) {
    List<@Nullable Object> outputs = new ArrayList<>();
    for (int output = 0; output < run.outputs().size(); output++) {
      outputs.add(json(run, output));
    }
    return outputs;
  }

  /** The lineage of each item of each output; null for an item without. */
  static List<@Nullable Object> pairs(NodeRun run) {
    List<@Nullable Object> outputs = new ArrayList<>();
    for (List<Item> items : run.outputs()) {
      List<@Nullable Object> pairs = new ArrayList<>();
      for (Item item : items == null ? List.<Item>of() : items) {
        pairs.add(item.pairing() == null ? null : Item.pairingToJson(item.pairing()));
      }
      outputs.add(pairs);
    }
    return outputs;
  }

  /** The sources, each as {@code node:output:run}; null for an input without. */
  static List<@Nullable Object> sources(NodeRun run) {
    List<@Nullable Object> sources = new ArrayList<>();
    for (Source source : run.sources()) {
      sources.add(
          source == null ? null : source.node() + ":" + source.output() + ":" + source.run());
    }
    return sources;
  }

  /** An item as a workflow test compares it: without lineage and files. */
  static Map<String, @Nullable Object> withoutLineageAndFiles(Item item) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>(item.toJson());
    form.remove("pairedItem");
    form.remove("binary");
    return form;
  }
}
