package dev.millrace.control.history;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.SourceRecord;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The events topic as an engine would fill it, in memory. One thread. */
public final class EventStream {
  /** When everything begins, unless a test says otherwise. */
  public static final Instant BEGIN = Instant.parse("2026-03-10T12:00:00Z");

  private final MillraceSerdes serdes = new MillraceSerdes(EmbeddedRegistry.inMemory());
  private final AvroSerde<EventBatch> serde = serdes.serde(EventBatch.class);
  private final Map<Integer, List<EventRecord>> partitions = new TreeMap<>();
  private final Map<String, Long> sequences = new HashMap<>();

  public MillraceSerdes serdes() {
    return serdes;
  }

  /** All records of a partition from an offset on. */
  public List<EventRecord> from(int partition, long offset) {
    return partitions.getOrDefault(partition, List.of()).stream()
        .filter(record -> record.place().offset() >= offset)
        .toList();
  }

  /** All records, partition by partition. */
  public List<EventRecord> all() {
    return partitions.values().stream().flatMap(List::stream).toList();
  }

  /** The offsets behind the last records. */
  public Map<Integer, Long> ends() {
    Map<Integer, Long> ends = new TreeMap<>();
    partitions.forEach(
        (partition, records) -> ends.put(partition, records.getLast().place().offset() + 1));
    return ends;
  }

  /** Appends a batch with the next sequence of its execution. */
  public Place append(
      int partition, String executionId, String workflowId, Instant at, Object... events) {
    long sequence = sequences.merge(executionId, 0L, (before, first) -> before + 1);
    return append(
        partition,
        at,
        serde.toBytes(
            EventBatch.newBuilder()
                .setExecutionId(executionId)
                .setWorkflowId(workflowId)
                .setVersion(3)
                .setSequence(sequence)
                .setAt(at)
                .setEvents(List.of(events))
                .build()));
  }

  /** Appends any bytes. */
  public Place append(int partition, Instant at, byte[] value) {
    List<EventRecord> records = partitions.computeIfAbsent(partition, p -> new ArrayList<>());
    // Every third offset is a mark of a transaction, which no consumer gets to see.
    long offset = records.isEmpty() ? 0 : records.getLast().place().offset() + 1;
    offset += offset % 3 == 2 ? 1 : 0;
    Place place = new Place(partition, offset);
    records.add(new EventRecord(place, at, value));
    return place;
  }

  public static ExecutionStartedEvent started(String mode, Instant at) {
    return ExecutionStartedEvent.newBuilder()
        .setMode(mode)
        .setStartNode("Start")
        .setItems(List.of(item("{\"begin\":true}")))
        .setAt(at)
        .build();
  }

  public static ItemRecord item(String json) {
    return new ItemRecord(utf8(json), 0, null);
  }

  /** A run that answered items with these JSON texts at its first output. */
  public static NodeCompletedEvent ran(
      String node, int run, int index, Instant at, String... json) {
    List<ItemRecord> items = new ArrayList<>();
    for (String each : json) {
      items.add(item(each));
    }
    return NodeCompletedEvent.newBuilder()
        .setNode(node)
        .setRun(run)
        .setExecutionIndex(index)
        .setStartedAt(at)
        .setDurationMicros(1_600)
        .setSources(sources(new SourceRecord("Start", 0, 0), null))
        .setOutputs(List.of(new PortRecord(items), new PortRecord(null)))
        .build();
  }

  @SuppressWarnings("NullAway") // An input without a source is null in the record too.
  private static List<SourceRecord> sources(@Nullable SourceRecord... sources) {
    return Arrays.asList(sources);
  }

  public static ExecutionEndedEvent ended(String status, @Nullable String error, Instant at) {
    return ExecutionEndedEvent.newBuilder()
        .setStatus(status)
        .setError(error == null ? null : utf8(error))
        .setAt(at)
        .build();
  }

  public static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
