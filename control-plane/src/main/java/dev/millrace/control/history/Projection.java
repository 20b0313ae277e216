package dev.millrace.control.history;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Folds batches of events into executions. Pure: the same batches on the same executions give the
 * same changes. One thread at a time, for one stretch of the topic.
 */
final class Projection {
  /** Older than anything that is kept; whoever says so has a broken clock. */
  private static final Duration LONGEST_AGO = Duration.ofDays(1_100);

  /** As much ahead of us a clock may be. */
  private static final Duration FURTHEST_AHEAD = Duration.ofDays(7);

  private final Map<String, KnownWorkflows.Known> workflows;
  private final SavePolicy preset;
  private final Instant now;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final List<Entry> replaced = new ArrayList<>();

  /** What became of a batch. */
  enum Outcome {
    APPLIED,
    /** It was before. */
    KNOWN,
    /** Nothing is known of its execution: its beginning is older than the topic, or was removed. */
    WITHOUT_BEGINNING
  }

  /** An execution as it is after the batches so far. */
  private static final class Entry {
    private final boolean stored;
    private ExecutionRow row;
    private boolean changed;
    private final List<NodeRuns> runs = new ArrayList<>();

    Entry(ExecutionRow row, boolean stored) {
      this.row = row;
      this.stored = stored;
    }
  }

  /**
   * @param stored the executions that are known, with those that the batches go on with
   * @param workflows those that the batches begin with, where they are known
   * @param preset for workflows that are not
   */
  Projection(
      List<ExecutionRow> stored,
      Map<String, KnownWorkflows.Known> workflows,
      SavePolicy preset,
      Instant now) {
    this.workflows = workflows;
    this.preset = preset;
    this.now = now;
    stored.forEach(row -> entries.put(row.id(), new Entry(row, true)));
  }

  /**
   * Applies the next batch.
   *
   * @throws MillraceException {@code UNREADABLE_RECORD} when it makes no sense; it changes nothing
   *     then
   */
  Outcome add(EventBatch batch, Place place) {
    String id = StoredText.of(batch.getExecutionId());
    Entry entry = entries.get(id);
    if (entry != null && knows(entry.row.changedBy(), place)) {
      return Outcome.KNOWN;
    }
    Optional<ExecutionStartedEvent> started = started(batch);
    if (started.isPresent()) {
      ExecutionRow begun = begun(batch, started.get(), place);
      GrowingExecution.Grown grown = GrowingExecution.apply(begun, batch, place);
      if (entry != null && !entry.stored) {
        // The same id again, long after: an idempotency key is remembered for some time only.
        replaced.add(entry);
      }
      entry = new Entry(begun, false);
      entries.put(id, entry);
      take(entry, grown);
      return Outcome.APPLIED;
    }
    if (entry == null) {
      return Outcome.WITHOUT_BEGINNING;
    }
    take(entry, GrowingExecution.apply(entry.row, batch, place));
    return Outcome.APPLIED;
  }

  /** What all batches together change. */
  Changes changes(List<Changes.Advance> advances) {
    Changes changes =
        new Changes(
            advances,
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    List<Entry> all = new ArrayList<>(replaced);
    all.addAll(entries.values());
    for (Entry entry : all) {
      if (!entry.changed) {
        continue;
      }
      boolean kept = entry.row.kept().in(entry.row.status());
      if (kept) {
        (entry.stored ? changes.updated() : changes.created()).add(entry.row);
        changes.runs().addAll(entry.runs);
      } else {
        (entry.stored ? changes.removed() : changes.discarded()).add(entry.row);
      }
    }
    return changes;
  }

  private static void take(Entry entry, GrowingExecution.Grown grown) {
    entry.row = grown.row();
    entry.changed = true;
    grown.runs().ifPresent(entry.runs::add);
  }

  private static boolean knows(Place last, Place place) {
    return last.partition() == place.partition() && last.offset() >= place.offset();
  }

  /** The first event of an execution's first batch. */
  static Optional<ExecutionStartedEvent> started(EventBatch batch) {
    return !batch.getEvents().isEmpty()
            && batch.getEvents().getFirst() instanceof ExecutionStartedEvent started
        ? Optional.of(started)
        : Optional.empty();
  }

  private ExecutionRow begun(EventBatch batch, ExecutionStartedEvent started, Place place) {
    Instant at = started.getAt();
    if (at.isBefore(now.minus(LONGEST_AGO)) || at.isAfter(now.plus(FURTHEST_AHEAD))) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD, "the execution says that it began at " + at);
    }
    Optional<KnownWorkflows.Known> workflow =
        Optional.ofNullable(workflows.get(batch.getWorkflowId()));
    SavePolicy saves = workflow.map(KnownWorkflows.Known::saves).orElse(preset);
    ByteBuffer inline = started.getInlineDefinition();
    if (inline != null) {
      // It is not what is published that runs: what it says of itself counts.
      Map<String, @Nullable Object> document = ItemRecords.fromJsonBytes(inline);
      saves =
          SavePolicy.of(
              document.get("settings") instanceof Map<?, ?> settings ? settings : Map.of(), preset);
      String name = document.get("name") instanceof String text ? text : null;
      workflow =
          Optional.of(
              new KnownWorkflows.Known(
                  name, workflow.flatMap(KnownWorkflows.Known::projectId), saves));
    }
    return GrowingExecution.begun(batch, started, place, workflow, saves.of(started.getMode()));
  }
}
