package dev.millrace.control.history;

import dev.millrace.avro.AttemptFailedEvent;
import dev.millrace.avro.BudgetHalfUsedEvent;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.HistoryRecord;
import dev.millrace.avro.HistoryTakenEvent;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.RetryDueEvent;
import dev.millrace.avro.RunRecord;
import dev.millrace.avro.WaitResumedEvent;
import dev.millrace.avro.WaitStartedEvent;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An execution while a batch of its events is applied to it. One thread at a time. */
final class GrowingExecution {
  private static final int LONGEST_MESSAGE = 2_000;

  /** Nobody reads more warnings than budgets there are; a broken writer might go on. */
  private static final int MOST_WARNINGS = 20;

  private final ExecutionRow before;
  private final RunsWriter written;
  private ExecutionStatus status;
  private @Nullable Instant stoppedAt;
  private @Nullable Instant waitTill;
  private @Nullable String retryOf;
  private @Nullable String lastNode;
  private @Nullable Failure error;
  private final Map<String, String> customData;
  private final List<String> warnings;
  private final Set<String> marks;
  private int runs;

  /** An execution and what the batch that led there had of runs. */
  record Grown(ExecutionRow row, Optional<NodeRuns> runs) {}

  private GrowingExecution(ExecutionRow before, Place place) {
    this.before = before;
    this.written = new RunsWriter(place);
    this.status = before.status();
    this.stoppedAt = before.stoppedAt();
    this.waitTill = before.waitTill();
    this.retryOf = before.retryOf();
    this.lastNode = before.lastNode();
    this.error = before.error();
    this.customData = new LinkedHashMap<>(before.customData());
    this.warnings = new ArrayList<>(before.warnings());
    this.marks = new LinkedHashSet<>(before.marks());
    this.runs = before.runs();
  }

  /**
   * Applies a batch to an execution.
   *
   * @throws MillraceException {@code UNREADABLE_RECORD} when it has something unknown in it
   */
  static Grown apply(ExecutionRow before, EventBatch batch, Place place) {
    GrowingExecution growing = new GrowingExecution(before, place);
    batch.getEvents().forEach(growing::apply);
    return growing.grown(batch, place);
  }

  private void apply(Object event) {
    switch (event) {
      case HistoryTakenEvent taken -> takeOver(taken.getHistory());
      case NodeCompletedEvent completed -> {
        written.add(completed);
        ran(completed.getNode());
        store(completed.getCustomData());
        running();
      }
      case AttemptFailedEvent failed -> {
        store(failed.getCustomData());
        // It runs again in a moment; a wait that a node was in is over.
        running();
      }
      case WaitStartedEvent started -> {
        status = ExecutionStatus.WAITING;
        waitTill = started.getUntil();
      }
      case WaitResumedEvent resumed -> running();
      case RetryDueEvent due -> running();
      case BudgetHalfUsedEvent half -> {
        if (warnings.size() < MOST_WARNINGS) {
          warnings.add(
              half.getUsed() + " of " + half.getLimit() + " " + StoredText.of(half.getBudget()));
        }
      }
      case ExecutionEndedEvent ended -> end(ended);
      default -> {
        // The others say how it goes on inside, which is not shown.
      }
    }
  }

  private void running() {
    status = ExecutionStatus.RUNNING;
    waitTill = null;
  }

  private void takeOver(HistoryRecord history) {
    retryOf = StoredText.of(history.getExecutionId());
    for (RunRecord run : history.getRuns()) {
      written.add(run);
      ran(run.getNode());
    }
    store(history.getCustomData());
  }

  private void ran(String node) {
    runs++;
    String name = StoredText.of(node);
    if (!name.equals(lastNode)) {
      lastNode = name;
      marks.add(ExecutionMarks.ran(name));
    }
  }

  private void store(@Nullable Map<String, String> data) {
    if (data == null) {
      return;
    }
    data.forEach((key, text) -> {
      String name = StoredText.of(key);
      String value = StoredText.of(text);
      String replaced = customData.put(name, value);
      if (replaced != null) {
        marks.remove(ExecutionMarks.customData(name, replaced));
      }
      marks.add(ExecutionMarks.customKey(name));
      marks.add(ExecutionMarks.customData(name, value));
    });
  }

  private void end(ExecutionEndedEvent ended) {
    status =
        ExecutionStatus.of(ended.getStatus())
            .filter(ExecutionStatus::over)
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.UNREADABLE_RECORD,
                    "unknown execution status \"" + ended.getStatus() + "\""));
    stoppedAt = ended.getAt();
    waitTill = null;
    ByteBuffer json = ended.getError();
    if (json != null) {
      Failure failure = failure(ItemRecords.fromJsonBytes(json));
      error = failure;
      if (failure.node() != null) {
        marks.add(ExecutionMarks.failed(failure.node()));
      }
    }
  }

  private static Failure failure(Map<String, @Nullable Object> error) {
    String message = text(error.get("message"));
    return new Failure(
        message == null ? "" : message, text(error.get("code")), node(error.get("node")));
  }

  /** Errors name their node, or hold it as n8n's do. */
  private static @Nullable String node(@Nullable Object node) {
    return node instanceof Map<?, ?> whole ? text(whole.get("name")) : text(node);
  }

  private static @Nullable String text(@Nullable Object value) {
    return value instanceof String text ? StoredText.of(text, LONGEST_MESSAGE) : null;
  }

  private Grown grown(EventBatch batch, Place place) {
    Optional<NodeRuns> added =
        written.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new NodeRuns(
                    before.id(), before.startedAt(), batch.getSequence(), written.toJson()));
    long bytes = before.bytes() + added.map(all -> (long) all.json().length).orElse(0L);
    return new Grown(
        new ExecutionRow(
            before.id(),
            before.workflowId(),
            before.workflowName(),
            before.version(),
            before.projectId(),
            before.mode(),
            status,
            before.startedAt(),
            stoppedAt,
            waitTill,
            retryOf,
            before.parentId(),
            lastNode,
            error,
            Collections.unmodifiableMap(customData),
            List.copyOf(warnings),
            Collections.unmodifiableSet(marks),
            runs,
            bytes,
            before.kept(),
            batch.getSequence(),
            place),
        added);
  }

  /** An execution as it is before the first batch of its events is applied. */
  static ExecutionRow begun(
      EventBatch batch,
      ExecutionStartedEvent started,
      Place place,
      Optional<KnownWorkflows.Known> workflow,
      SavePolicy.Kept kept) {
    return new ExecutionRow(
        StoredText.of(batch.getExecutionId()),
        StoredText.of(batch.getWorkflowId()),
        workflow.map(KnownWorkflows.Known::name).map(StoredText::of).orElse(null),
        batch.getVersion(),
        workflow.flatMap(KnownWorkflows.Known::projectId).orElse(null),
        StoredText.of(started.getMode()),
        ExecutionStatus.RUNNING,
        started.getAt(),
        null,
        null,
        null,
        started.getParent() == null ? null : StoredText.of(started.getParent().getExecutionId()),
        null,
        null,
        Map.of(),
        List.of(),
        Set.of(),
        0,
        0,
        kept,
        batch.getSequence(),
        place);
  }
}
