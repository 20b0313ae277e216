package dev.millrace.control.history;

import dev.millrace.avro.EventBatch;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings records of the events topic into the history, exactly once: what was applied stands in the
 * positions, which change with the executions. One thread at a time; the counts may be read by
 * others.
 */
public final class Projector {
  private static final Logger LOG = LoggerFactory.getLogger(Projector.class);

  /** Applied together, at most; it bounds the memory that a backlog takes. */
  private static final int MOST_RECORDS = 1_000;

  /** The same in bytes, unless a single record has more. */
  private static final long MOST_BYTES = 8 << 20;

  private final History history;
  private final KnownWorkflows workflows;
  private final SavePolicy preset;
  private final AvroSerde<EventBatch> serde;
  private final InstantSource clock;
  private final Map<Integer, Long> next = new TreeMap<>();
  private final LongAdder projected = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final LongAdder withoutBeginning = new LongAdder();

  /**
   * What was done since the start.
   *
   * @param projected records that are in history
   * @param skipped records that make no sense or cannot be stored; each is in the log with its
   *     place
   * @param withoutBeginning records of executions whose beginning is gone from the topic
   */
  public record Counts(long projected, long skipped, long withoutBeginning) {}

  /** A record that can be read. */
  private record Decoded(Place place, EventBatch batch) {}

  /**
   * @param preset which executions are kept of workflows that do not say
   */
  public Projector(
      History history,
      KnownWorkflows workflows,
      SavePolicy preset,
      MillraceSerdes serdes,
      InstantSource clock) {
    this.history = history;
    this.workflows = workflows;
    this.preset = preset;
    this.serde = serdes.serde(EventBatch.class);
    this.clock = clock;
  }

  public Counts counts() {
    return new Counts(projected.sum(), skipped.sum(), withoutBeginning.sum());
  }

  /**
   * Begins or goes on with a partition.
   *
   * @param position of the history, {@link Position#NONE} when nobody has read the partition
   */
  public void begin(int partition, long position) {
    next.put(partition, position);
  }

  /** Leaves a partition to somebody else. */
  public void leave(int partition) {
    next.remove(partition);
  }

  /** The partitions that were begun and not left. */
  public Set<Integer> partitions() {
    return Set.copyOf(next.keySet());
  }

  /**
   * Applies records, in the order of each partition. After an error it may be called with the same
   * records again: those that are applied by then are left out.
   *
   * @throws MillraceException {@code HISTORY_POSITION_MOVED} when somebody else has read on: begin
   *     again with the positions; any other when it cannot be done now, such as {@code
   *     DATABASE_UNAVAILABLE}
   */
  public void project(List<EventRecord> records) {
    List<EventRecord> chunk = new ArrayList<>();
    long bytes = 0;
    for (EventRecord record : records) {
      Long position = next.get(record.place().partition());
      if (position == null || record.place().offset() < position) {
        continue;
      }
      if (chunk.size() == MOST_RECORDS
          || (!chunk.isEmpty() && bytes + record.value().length > MOST_BYTES)) {
        apply(chunk);
        chunk = new ArrayList<>();
        bytes = 0;
      }
      chunk.add(record);
      bytes += record.value().length;
    }
    if (!chunk.isEmpty()) {
      apply(chunk);
    }
  }

  /**
   * Notes that there is nothing before some offsets that is not applied, and nothing behind them.
   *
   * @param ends the partitions that were read to their end, with the offset that comes next
   * @throws MillraceException as {@link #project}
   */
  public void caughtUp(Map<Integer, Long> ends) {
    List<Changes.Advance> advances = new ArrayList<>();
    Instant now = clock.instant();
    ends.forEach((partition, end) -> {
      Long position = next.get(partition);
      if (position != null && end >= position) {
        advances.add(new Changes.Advance(partition, position, end, null, now));
      }
    });
    if (!advances.isEmpty()) {
      history.apply(Changes.of(advances));
      advances.forEach(advance -> next.put(advance.partition(), advance.next()));
    }
  }

  private void apply(List<EventRecord> chunk) {
    List<Decoded> readable = new ArrayList<>(chunk.size());
    long unreadable = 0;
    for (EventRecord record : chunk) {
      EventBatch batch = read(record);
      if (batch == null) {
        unreadable++;
      } else {
        readable.add(new Decoded(record.place(), batch));
      }
    }
    Set<String> going = new HashSet<>();
    Set<String> begun = new HashSet<>();
    Set<String> known = new HashSet<>();
    for (Decoded each : readable) {
      String id = StoredText.of(each.batch().getExecutionId());
      if (Projection.started(each.batch()).isPresent()) {
        begun.add(id);
        known.add(each.batch().getWorkflowId());
      } else if (!begun.contains(id)) {
        going.add(id);
      }
    }
    Projection projection =
        new Projection(
            going.isEmpty() ? List.of() : history.unfinished(going),
            known.isEmpty() ? Map.of() : workflows.find(known),
            preset,
            clock.instant());
    long applied = 0;
    long orphans = 0;
    for (Decoded each : readable) {
      switch (add(projection, each)) {
        case APPLIED, KNOWN -> applied++;
        case WITHOUT_BEGINNING -> orphans++;
        case null -> unreadable++;
      }
    }
    List<Changes.Advance> advances = advances(chunk);
    if (!stored(chunk, projection.changes(advances))) {
      return;
    }
    advances.forEach(advance -> next.put(advance.partition(), advance.next()));
    projected.add(applied);
    withoutBeginning.add(orphans);
    skipped.add(unreadable);
  }

  /** False when it was brought in bit by bit, because something in it is refused. */
  private boolean stored(List<EventRecord> chunk, Changes changes) {
    try {
      history.apply(changes);
      return true;
    } catch (MillraceException refused) {
      if (refused.code() != ErrorCode.HISTORY_RECORD_REFUSED) {
        throw refused;
      }
      if (chunk.size() == 1) {
        history.apply(Changes.of(changes.advances()));
        changes.advances().forEach(advance -> next.put(advance.partition(), advance.next()));
        skip(chunk.getFirst(), refused);
        skipped.increment();
        return false;
      }
    }
    int half = chunk.size() / 2;
    apply(chunk.subList(0, half));
    apply(chunk.subList(half, chunk.size()));
    return false;
  }

  private List<Changes.Advance> advances(List<EventRecord> chunk) {
    Map<Integer, EventRecord> last = new LinkedHashMap<>();
    chunk.forEach(record -> last.put(record.place().partition(), record));
    List<Changes.Advance> advances = new ArrayList<>();
    last.forEach((partition, record) ->
        advances.add(
            new Changes.Advance(
                partition,
                next.getOrDefault(partition, Position.NONE),
                record.place().offset() + 1,
                record.at(),
                null)));
    return advances;
  }

  /** Null when it is unreadable for good. */
  private @Nullable EventBatch read(EventRecord record) {
    try {
      return serde.fromBytes(record.value());
    } catch (MillraceException foreign) {
      if (foreign.code() == ErrorCode.UNKNOWN_SCHEMA && foreign.getCause() != null) {
        // The registry is away: it may be readable once that is back.
        throw foreign;
      }
      skip(record, foreign);
      return null;
    }
  }

  /** Null when it makes no sense. */
  private static Projection.@Nullable Outcome add(Projection projection, Decoded each) {
    try {
      return projection.add(each.batch(), each.place());
    } catch (RuntimeException senseless) {
      // Whatever is wrong with one record, the others are not to wait for it.
      LOG.error("The record of {} is not in history: {}", each.place(), senseless.toString());
      return null;
    }
  }

  private static void skip(EventRecord record, MillraceException why) {
    LOG.error("The record of {} is not in history: {}", record.place(), why.getMessage());
  }
}
