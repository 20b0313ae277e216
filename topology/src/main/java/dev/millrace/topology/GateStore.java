package dev.millrace.topology;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.GateEntries;
import dev.millrace.avro.GateRecord;
import dev.millrace.limit.Gate;
import dev.millrace.limit.GatePolicy;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.store.GateKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The gates of a partition, who is in, and who waits. Those who wait take turns by flow: a flow
 * that has a thousand waiting gets no more turns than one that has a single one.
 */
final class GateStore {
  private static final byte[] INSIDE = new byte[0];

  private final KeyValueStore<byte[], byte[]> store;
  private final AvroSerde<GateRecord> gates;
  private final AvroSerde<CommandRecord> commands;

  GateStore(KeyValueStore<byte[], byte[]> store, MillraceSerdes serdes) {
    this.store = store;
    this.gates = serdes.serde(GateRecord.class);
    this.commands = serdes.serde(CommandRecord.class);
  }

  /** A gate in hand; nothing of it is stored before {@link #save}. */
  static final class Entry {
    private final String name;
    private final Gate gate;
    private long turn;
    private long sequence;

    private Entry(String name, Gate gate, long turn, long sequence) {
      this.name = name;
      this.gate = gate;
      this.turn = turn;
      this.sequence = sequence;
    }

    String name() {
      return name;
    }

    Gate gate() {
      return gate;
    }
  }

  /** Where a request stands. */
  enum Place {
    NOWHERE,
    WAITING,
    INSIDE
  }

  /** One who waits. */
  record Waiting(byte[] key, CommandRecord asked) {}

  /** A gate, with another policy from now on unless that is null; empty when both are unknown. */
  Optional<Entry> find(String name, @Nullable GatePolicy policy) {
    GateRecord stored = gates.deserializer().deserialize("", store.get(GateKeys.state(name)));
    if (stored == null) {
      return Optional.ofNullable(policy)
          .map(known -> new Entry(name, new Gate(known, Gate.State.NEW), 0, 0));
    }
    List<Gate.Entered> entered = new ArrayList<>();
    for (GateEntries each : stored.getEntered()) {
      entered.add(new Gate.Entered(each.getAt(), each.getCount()));
    }
    Gate.State state =
        new Gate.State(
            stored.getInside(),
            stored.getWaiting(),
            stored.getFailures(),
            stored.getOpenUntil(),
            stored.getTrying(),
            entered);
    GatePolicy current = policy == null ? policy(stored.getPolicy()) : policy;
    return Optional.of(
        new Entry(name, new Gate(current, state), stored.getTurn(), stored.getSequence()));
  }

  static GatePolicy policy(ByteBuffer json) {
    return GatePolicy.read(ItemRecords.fromJsonBytes(json), "gate").orElse(GatePolicy.OPEN);
  }

  void save(Entry entry) {
    Gate.State state = entry.gate.state();
    if (state.waiting() == 0) {
      forgetFlows(entry);
    }
    byte[] key = GateKeys.state(entry.name);
    if (state.equals(Gate.State.NEW)) {
      store.delete(key);
      return;
    }
    List<GateEntries> entered = new ArrayList<>();
    state.entered().forEach(each -> entered.add(new GateEntries(each.at(), each.count())));
    store.put(
        key,
        gates
            .serializer()
            .serialize(
                "",
                new GateRecord(
                    ItemRecords.jsonBytes(entry.gate.policy().toJson()),
                    state.inside(),
                    state.waiting(),
                    state.failures(),
                    state.openUntil(),
                    state.trying(),
                    entered,
                    entry.turn,
                    entry.sequence)));
  }

  private void forgetFlows(Entry entry) {
    if (entry.sequence == 0) {
      return;
    }
    List<byte[]> flows = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all =
        store.prefixScan(GateKeys.flows(entry.name), new ByteArraySerializer())) {
      all.forEachRemaining(flow -> flows.add(flow.key));
    }
    flows.forEach(store::delete);
    entry.turn = 0;
    entry.sequence = 0;
  }

  Place place(String gate, String request) {
    byte[] stored = store.get(GateKeys.request(gate, request));
    return stored == null
        ? Place.NOWHERE
        : stored.length == INSIDE.length ? Place.INSIDE : Place.WAITING;
  }

  /** Notes that a request is in. */
  void enter(Entry entry, String request) {
    store.put(GateKeys.request(entry.name, request), INSIDE);
  }

  /** Has a request wait for its flow's turn. */
  void enqueue(Entry entry, CommandRecord asked, String request, String flow) {
    byte[] flowKey = GateKeys.flow(entry.name, flow);
    byte[] last = store.get(flowKey);
    long turn = Math.max(entry.turn, last == null ? -1 : ByteBuffer.wrap(last).getLong()) + 1;
    store.put(flowKey, ByteBuffer.allocate(Long.BYTES).putLong(turn).array());
    byte[] key = GateKeys.waiting(entry.name, turn, entry.sequence++);
    store.put(key, commands.serializer().serialize("", asked));
    store.put(GateKeys.request(entry.name, request), key);
  }

  /** The next so many of those who wait. */
  List<Waiting> next(Entry entry, int limit) {
    List<Waiting> next = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> queue =
        store.prefixScan(GateKeys.queue(entry.name), new ByteArraySerializer())) {
      while (queue.hasNext() && next.size() < limit) {
        KeyValue<byte[], byte[]> each = queue.next();
        next.add(new Waiting(each.key, commands.deserializer().deserialize("", each.value)));
      }
    }
    return next;
  }

  /** One who waited comes in, or is sent away. */
  void take(Entry entry, Waiting waiting, String request) {
    entry.turn = Math.max(entry.turn, GateKeys.turn(waiting.key()));
    store.delete(waiting.key());
    store.delete(GateKeys.request(entry.name, request));
  }

  /** Forgets a request, wherever it stands. */
  void remove(Entry entry, String request) {
    byte[] key = GateKeys.request(entry.name, request);
    byte[] queued = store.get(key);
    if (queued != null && queued.length > INSIDE.length) {
      store.delete(queued);
    }
    store.delete(key);
  }

  /** The gates at which somebody waits. */
  List<String> withWaiting() {
    List<String> names = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all =
        store.prefixScan(GateKeys.allStates(), new ByteArraySerializer())) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> each = all.next();
        if (gates.deserializer().deserialize("", each.value).getWaiting() > 0) {
          names.add(GateKeys.gate(each.key));
        }
      }
    }
    return names;
  }
}
