package dev.millrace.topology;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.ScheduleRecord;
import dev.millrace.schedule.CatchUp;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.SlotSeries;
import dev.millrace.store.EngineStores;
import dev.millrace.store.ScheduleKeys;
import dev.millrace.topic.DefinitionKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schedules of one partition, between init and close. It holds the next slot of each rule and,
 * when one is due, sends the command that starts its execution, in one transaction with the slot
 * after it. The rules of a node belong to one partition, so nobody leads and no slot fires twice.
 */
final class ScheduleTask implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduleTask.class);

  private static final Duration TICK = Duration.ofMillis(10);

  /** What a tick may take of the stream thread; the rest is done at the next one. */
  private static final long BUDGET_NANOS = 20_000_000L;

  /**
   * How late a slot fires without being missed: longer than it takes another instance to take over
   * or this one to start again, so that neither loses one.
   */
  static final Duration GRACE = Duration.ofMinutes(1);

  private final ProcessorContext<byte[], Object> context;
  private final AwaitedCommit commit;
  private final int partitions;
  private final PublishedSchedules published;
  private final Serde<ScheduleRecord> serde;
  private final Deserializer<DefinitionRecord> definitionDeserializer;
  private final Outbox outbox;
  private final KeyValueStore<byte[], byte[]> store;
  private final KeyValueStore<String, Object> definitions;
  private final DefinitionChanges.Subscription changed;
  private final Cancellable ticks;
  private final Map<String, List<Active>> byWorkflow = new HashMap<>();
  private final NavigableSet<Active> queue =
      new TreeSet<>(
          Comparator.comparing(Active::next)
              .thenComparing(active -> active.key().workflowId())
              .thenComparing(active -> active.key().nodeId())
              .thenComparing(active -> active.key().rule()));
  private boolean loaded;

  ScheduleTask(
      ProcessorContext<byte[], Object> context,
      EngineParts parts,
      int partitions,
      DefinitionChanges changes,
      PublishedSchedules published) {
    this.context = context;
    this.commit = new AwaitedCommit(context, parts.pace());
    this.partitions = partitions;
    this.published = published;
    this.serde = parts.serdes().serde(ScheduleRecord.class);
    this.definitionDeserializer = parts.serdes().serde(DefinitionRecord.class).deserializer();
    this.outbox = new Outbox(context, parts.serdes());
    this.store = context.getStateStore(EngineStores.SCHEDULES);
    this.definitions = context.getStateStore(EngineStores.DEFINITIONS);
    // Before the definitions are read, so that nothing changes unseen in between.
    this.changed = changes.subscribe();
    this.ticks =
        context.schedule(
            TICK, PunctuationType.WALL_CLOCK_TIME, now -> tick(Instant.ofEpochMilli(now)));
  }

  @Override
  public void close() {
    ticks.cancel();
    changed.close();
  }

  /** Names a rule of a node. */
  private record Key(String workflowId, String nodeId, String rule) {
    static Key of(ScheduleRecord state) {
      return new Key(state.getWorkflowId(), state.getNodeId(), state.getRule());
    }

    byte[] bytes() {
      return ScheduleKeys.key(workflowId, nodeId, rule);
    }
  }

  /** A rule that this partition fires, and where it stands. */
  private record Active(
      PublishedSchedule schedule, Key key, SlotSeries series, ScheduleRecord state) {
    static Active of(PublishedSchedule schedule, ScheduleRecord state) {
      return new Active(
          schedule,
          Key.of(state),
          new SlotSeries(schedule.rule(), schedule.zone(), state.getSince()),
          state);
    }

    Instant next() {
      return state.getNext();
    }

    /** Whether the next slot fires however late it is. */
    boolean catchesUp() {
      Instant last = state.getCatchUpTo();
      return last != null && !next().isAfter(last);
    }

    boolean missed(Instant now) {
      Duration grace = schedule.node().schedule().grace();
      Duration patience = grace.compareTo(GRACE) > 0 ? grace : GRACE;
      return !catchesUp() && next().isBefore(now.minus(patience));
    }
  }

  private void tick(Instant now) {
    long until = System.nanoTime() + BUDGET_NANOS;
    if (!loaded) {
      load();
      loaded = true;
    }
    changed.take(until, this::refresh);
    while (!queue.isEmpty() && !queue.first().next().isAfter(now)) {
      due(queue.removeFirst(), now);
      if (System.nanoTime() - until >= 0) {
        break;
      }
    }
    // What starts the executions is read once it is committed.
    commit.ask();
  }

  /** Takes up all that is published, and forgets what was withdrawn while nobody looked. */
  private void load() {
    Set<String> keys = new HashSet<>();
    try (KeyValueIterator<String, Object> entries = definitions.all()) {
      entries.forEachRemaining(entry -> keys.add(entry.key));
    }
    try (KeyValueIterator<byte[], byte[]> entries = store.all()) {
      entries.forEachRemaining(entry -> keys.add(ScheduleKeys.workflowId(entry.key)));
    }
    keys.forEach(this::refresh);
  }

  /** Brings the schedules of a workflow in step with what is published under a key. */
  private void refresh(String key) {
    if (!DefinitionKeys.isDefinition(key)) {
      return;
    }
    try {
      byte[] value = definition(key);
      Optional<List<PublishedSchedule>> read =
          value == null
              ? Optional.of(List.of())
              : published.read(key, value, definitionDeserializer);
      // Of what cannot be read nothing is known: it stays as it was.
      read.ifPresent(all -> replace(key, all.stream().filter(this::ours).toList()));
    } catch (KafkaException notOurs) {
      throw notOurs;
    } catch (RuntimeException defect) {
      LOG.error("the schedules of workflow {} are not in step", key, defect);
    }
  }

  private byte @Nullable [] definition(String key) {
    // Streams wraps a global store so that it answers with timestamps.
    return switch (definitions.get(key)) {
      case ValueAndTimestamp<?> stamped when stamped.value() instanceof byte[] bytes -> bytes;
      case byte[] plain -> plain;
      case null, default -> null;
    };
  }

  private boolean ours(PublishedSchedule schedule) {
    CRC32C sum = new CRC32C();
    sum.update(ScheduleKeys.key(schedule.workflowId(), schedule.nodeId(), ""));
    return sum.getValue() % partitions == context.taskId().partition();
  }

  private void replace(String workflowId, List<PublishedSchedule> wanted) {
    List<Active> before = byWorkflow.remove(workflowId);
    if (before != null) {
      before.forEach(queue::remove);
    } else if (loaded && wanted.isEmpty()) {
      return;
    }
    Map<Key, ScheduleRecord> stored = stored(workflowId);
    Map<Key, Active> now = new LinkedHashMap<>();
    for (PublishedSchedule schedule : wanted) {
      Key key = new Key(workflowId, schedule.nodeId(), schedule.text());
      // Of equal rules of a node, one is enough.
      if (!now.containsKey(key)) {
        ScheduleRecord known = stored.remove(key);
        ScheduleRecord state = known == null ? begin(schedule) : known;
        if (state != null) {
          now.put(key, Active.of(schedule, state));
        }
      }
    }
    stored.keySet().forEach(key -> store.delete(key.bytes()));
    if (!now.isEmpty()) {
      byWorkflow.put(workflowId, List.copyOf(now.values()));
      queue.addAll(now.values());
    }
  }

  private Map<Key, ScheduleRecord> stored(String workflowId) {
    Map<Key, ScheduleRecord> stored = new HashMap<>();
    try (KeyValueIterator<byte[], byte[]> entries =
        store.prefixScan(ScheduleKeys.prefix(workflowId), new ByteArraySerializer())) {
      while (entries.hasNext()) {
        ScheduleRecord state = serde.deserializer().deserialize("", entries.next().value);
        stored.put(Key.of(state), state);
      }
    }
    return stored;
  }

  /** Where a new schedule stands; null when it has no slots. */
  private @Nullable ScheduleRecord begin(PublishedSchedule schedule) {
    Instant since = schedule.publishedAt();
    Optional<Instant> first = new SlotSeries(schedule.rule(), schedule.zone(), since).next(since);
    if (first.isEmpty()) {
      LOG.warn(
          "rule {} of node {} in workflow {} never fires",
          schedule.text(),
          schedule.nodeId(),
          schedule.workflowId());
      return null;
    }
    ScheduleRecord state =
        new ScheduleRecord(
            schedule.workflowId(), schedule.nodeId(), schedule.text(), since, first.get(), null);
    save(state);
    return state;
  }

  private void due(Active active, Instant now) {
    try {
      if (active.missed(now)) {
        catchUp(active, now);
      } else {
        outbox.send(outbox.signal(active.schedule().start(active.next(), now)));
        commit.await();
        move(active, active.series().next(active.next()), active.state().getCatchUpTo());
      }
    } catch (KafkaException notOurs) {
      throw notOurs;
    } catch (RuntimeException defect) {
      // It is out of the queue now and would fail in the same way at each tick.
      LOG.error(
          "rule {} of node {} in workflow {} stops until it is published again",
          active.schedule().text(),
          active.schedule().nodeId(),
          active.schedule().workflowId(),
          defect);
    }
  }

  /** Plans anew for a rule that lies further back than the grace. */
  private void catchUp(Active active, Instant now) {
    Schedule schedule = active.schedule().node().schedule();
    switch (schedule.catchUp()) {
      case SKIP -> move(active, active.series().next(now), null);
      case LAST -> makeUpFor(active, missed(active, now, 1));
      case ALL -> makeUpFor(active, missed(active, now, CatchUp.MOST));
      case LAST_OF_NODE -> catchUpOneOf(node(active, now), now);
    }
  }

  private List<Instant> missed(Active active, Instant now, int limit) {
    return active.series().latest(active.next().minusMillis(1), now, limit);
  }

  private void makeUpFor(Active active, List<Instant> slots) {
    move(active, Optional.of(slots.getFirst()), slots.getLast());
  }

  /** The rules of the same node that lie back too, this one included. */
  private List<Active> node(Active active, Instant now) {
    return byWorkflow.getOrDefault(active.schedule().workflowId(), List.of()).stream()
        .filter(other -> other.schedule().nodeId().equals(active.schedule().nodeId()))
        .filter(other -> other.missed(now))
        .toList();
  }

  private void catchUpOneOf(List<Active> rules, Instant now) {
    Active latest = null;
    for (Active rule : rules) {
      if (latest == null || lastMissed(rule, now).isAfter(lastMissed(latest, now))) {
        latest = rule;
      }
    }
    for (Active rule : rules) {
      queue.remove(rule);
      if (latest != null && rule.key().equals(latest.key())) {
        makeUpFor(rule, missed(rule, now, 1));
      } else {
        move(rule, rule.series().next(now), null);
      }
    }
  }

  private Instant lastMissed(Active rule, Instant now) {
    return missed(rule, now, 1).getLast();
  }

  /** Goes on to another slot; the rule must not be in the queue. */
  private void move(Active active, Optional<Instant> next, @Nullable Instant catchUpTo) {
    if (next.isEmpty()) {
      store.delete(active.key().bytes());
      return;
    }
    ScheduleRecord state = active.state();
    state.setNext(next.get());
    state.setCatchUpTo(catchUpTo);
    save(state);
    queue.add(active);
  }

  private void save(ScheduleRecord state) {
    store.put(Key.of(state).bytes(), serde.serializer().serialize("", state));
  }
}
