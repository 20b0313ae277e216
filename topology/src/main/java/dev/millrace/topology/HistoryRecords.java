package dev.millrace.topology;

import dev.millrace.avro.HistoryRecord;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.QueuedRecord;
import dev.millrace.engine.History;
import dev.millrace.engine.QueueEntry;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.Encoder;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/**
 * A history as a record, and back. What is queued mostly is what a run answered: then it is named
 * instead of being written a second time. Pure functions.
 */
public final class HistoryRecords {
  private static final SpecificDatumWriter<HistoryRecord> WRITER =
      new SpecificDatumWriter<>(HistoryRecord.class);

  private static final int QUEUED = -1;

  private HistoryRecords() {}

  /** Writes it as a part of another record. */
  static void write(Encoder out, History history) throws IOException {
    WRITER.write(toRecord(history), out);
  }

  public static HistoryRecord toRecord(History history) {
    Map<String, List<NodeRun>> byNode = byNode(history.runs());
    List<QueuedRecord> queue = new ArrayList<>();
    history.ready().forEach(entry -> queue.add(queued(entry, QUEUED, byNode)));
    history.waiting().forEach(left -> queue.add(queued(left.entry(), left.slot(), byNode)));
    Map<String, ByteBuffer> contexts = new LinkedHashMap<>();
    for (Map.Entry<String, Map<String, @Nullable Object>> each : history.contexts().entrySet()) {
      contexts.put(each.getKey(), ItemRecords.jsonBytes(each.getValue()));
    }
    return new HistoryRecord(
        history.executionId(),
        history.runs().stream().map(RunRecords::of).toList(),
        contexts,
        history.customData(),
        queue);
  }

  public static History toHistory(HistoryRecord record) {
    List<NodeRun> runs = record.getRuns().stream().map(RunRecords::toRun).toList();
    Map<String, List<NodeRun>> byNode = byNode(runs);
    List<QueueEntry> ready = new ArrayList<>();
    List<History.Waiting> waiting = new ArrayList<>();
    for (QueuedRecord left : record.getQueue()) {
      QueueEntry entry = entry(left, byNode);
      if (left.getSlot() == QUEUED) {
        ready.add(entry);
      } else {
        waiting.add(new History.Waiting(left.getSlot(), entry));
      }
    }
    Map<String, Map<String, @Nullable Object>> contexts = new HashMap<>();
    record
        .getContexts()
        .forEach((node, json) -> contexts.put(node, ItemRecords.fromJsonBytes(json)));
    return new History(
        record.getExecutionId(), runs, contexts, record.getCustomData(), ready, waiting);
  }

  private static Map<String, List<NodeRun>> byNode(List<NodeRun> runs) {
    Map<String, List<NodeRun>> byNode = new HashMap<>();
    runs.forEach(run -> byNode.computeIfAbsent(run.node(), node -> new ArrayList<>()).add(run));
    return byNode;
  }

  // The very list that the run answered: no comparison of items, and never a false one.
  @SuppressWarnings("ReferenceEquality")
  private static QueuedRecord queued(
      QueueEntry entry, int slot, Map<String, List<NodeRun>> byNode) {
    List<PortRecord> inputs = new ArrayList<>();
    for (int i = 0; i < entry.inputs().size(); i++) {
      List<Item> items = entry.inputs().get(i);
      boolean named = items != null && items == answered(source(entry.sources(), i), byNode);
      inputs.add(new PortRecord(items == null || named ? null : ItemRecords.of(items)));
    }
    return new QueuedRecord(entry.node(), slot, inputs, ItemRecords.ofSources(entry.sources()));
  }

  private static QueueEntry entry(QueuedRecord record, Map<String, List<NodeRun>> byNode) {
    List<@Nullable Source> sources = ItemRecords.toSources(record.getSources());
    List<@Nullable List<Item>> inputs = ItemRecords.toPorts(record.getInputs());
    for (int i = 0; i < inputs.size(); i++) {
      if (inputs.get(i) == null) {
        inputs.set(i, answered(source(sources, i), byNode));
      }
    }
    return new QueueEntry(record.getNode(), inputs, sources);
  }

  private static @Nullable Source source(List<@Nullable Source> sources, int input) {
    return input < sources.size() ? sources.get(input) : null;
  }

  /** The items of an output of a run; null when there is no such thing. */
  private static @Nullable List<Item> answered(
      @Nullable Source source, Map<String, List<NodeRun>> byNode) {
    if (source == null) {
      return null;
    }
    for (NodeRun run : byNode.getOrDefault(source.node(), List.of())) {
      if (run.run() == source.run() && source.output() < run.outputs().size()) {
        return run.outputs().get(source.output());
      }
    }
    return null;
  }
}
