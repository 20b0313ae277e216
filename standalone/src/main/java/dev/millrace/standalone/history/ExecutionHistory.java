package dev.millrace.standalone.history;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.engine.History;
import dev.millrace.engine.Plan;
import dev.millrace.engine.Recording;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topology.GateStanding;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Executions of a running engine by what is recorded of them: begins them again where they stood,
 * cancels them, and tries other versions of their workflows on them. One thread at a time.
 */
public final class ExecutionHistory implements AutoCloseable {
  /** How long an engine may take to cancel what is nothing but stored. */
  private static final Duration CANCEL_LIMIT = Duration.ofSeconds(30);

  /** The same for one of which nothing is recorded, and which there may not be. */
  private static final Duration BEGIN_LIMIT = Duration.ofSeconds(5);

  private static final String DEFAULT_TENANT = "default";

  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;
  private final InstantSource clock;
  private final EventLog log;
  private final GateLog gates;
  private final PublishedVersions versions;

  /** Connects, and reads which versions are published. */
  public ExecutionHistory(
      String bootstrapServers,
      MillraceSerdes serdes,
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.expressions = expressions;
    this.clock = clock;
    this.versions = new PublishedVersions(bootstrapServers, serdes);
    this.log = new EventLog(bootstrapServers, serdes);
    this.gates = new GateLog(bootstrapServers, serdes);
  }

  /**
   * An execution that was begun where another one stood.
   *
   * @param from the node that it began with
   * @param status null while it is not over
   * @param error the error that ended it, or null
   */
  public record Restarted(
      String executionId,
      String retryOf,
      String from,
      @Nullable ExecutionStatus status,
      @Nullable Map<String, @Nullable Object> error) {}

  /**
   * Runs an execution again from the node that failed, or from where it was stopped.
   *
   * @param current whether in the version that is published now, instead of its own
   * @param patience how long to wait for the end
   * @throws MillraceException {@code UNKNOWN_EXECUTION}, {@code NOT_RETRYABLE}, {@code
   *     UNKNOWN_WORKFLOW}, {@code BATCH_TOO_LARGE}
   */
  public Restarted retry(String executionId, boolean current, Duration patience) {
    return restart(executionId, current, patience, Recording::beforeFailure);
  }

  /**
   * Runs an execution again from a run of a node, with the inputs that this had.
   *
   * @param run index among the node's runs, from 0
   * @throws MillraceException as {@link #retry}, and {@code UNKNOWN_NODE}
   */
  public Restarted replay(
      String executionId, String node, int run, boolean current, Duration patience) {
    return restart(executionId, current, patience, recording -> recording.before(node, run));
  }

  private Restarted restart(
      String executionId, boolean current, Duration patience, Function<Recording, History> where) {
    RecordedEvents recorded = find(executionId);
    Plan plan = Plan.compile(versions.of(recorded), catalogue, expressions);
    History history = where.apply(new Recording(plan, recorded.variables(), recorded.events()));
    String from =
        history.ready().isEmpty()
            ? history.waiting().isEmpty() ? "" : history.waiting().getFirst().entry().node()
            : history.ready().getFirst().node();
    String id = UUID.randomUUID().toString();
    List<Event> events =
        log.sendAndFollow(
            Restarts.command(id, recorded, history, current, clock.instant()), patience);
    return events.isEmpty() || !(events.getLast() instanceof Event.ExecutionEnded ended)
        ? new Restarted(id, executionId, from, null, null)
        : new Restarted(id, executionId, from, ended.status(), ended.error());
  }

  /**
   * Cancels an execution, what it calls included.
   *
   * @return how it ended: not as canceled where it was faster
   * @throws MillraceException {@code UNKNOWN_EXECUTION} when there is none, {@code
   *     EXECUTION_TIMEOUT} when no engine does it
   */
  public ExecutionStatus cancel(String executionId) {
    Optional<RecordedEvents> recorded = log.find(executionId);
    if (recorded.flatMap(RecordedEvents::ended).isPresent()) {
      return recorded.flatMap(RecordedEvents::ended).get();
    }
    // A user's stop leaves no error behind. One that waits to begin has left no event yet.
    List<Event> events =
        log.sendAndFollow(
            new CommandRecord(
                executionId,
                recorded.map(RecordedEvents::tenant).orElse(DEFAULT_TENANT),
                clock.instant(),
                new CancelExecution("")),
            recorded.isPresent() ? CANCEL_LIMIT : BEGIN_LIMIT);
    if (!events.isEmpty() && events.getLast() instanceof Event.ExecutionEnded ended) {
      return ended.status();
    }
    return find(executionId)
        .ended()
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.EXECUTION_TIMEOUT,
                "no engine has canceled the execution in " + CANCEL_LIMIT.toSeconds() + " s"));
  }

  /**
   * Tries a version of a workflow on its last executions that a trigger or webhook started and that
   * came to an end of their own.
   *
   * @return one for each, the earliest first; fewer where there are fewer
   */
  public List<Backtest.Verdict> backtest(WorkflowDocument candidate, String workflowId, int last) {
    Backtest backtest = new Backtest(candidate, catalogue, expressions, versions::of);
    List<Backtest.Verdict> verdicts = new ArrayList<>();
    for (RecordedEvents execution : log.lastEnded(workflowId, last, Backtest::suits)) {
      verdicts.add(backtest.run(execution));
    }
    return verdicts;
  }

  /**
   * The executions that began last, running ones included, the earliest first.
   *
   * @param workflowId whose, null for those of all
   */
  public List<ExecutionSummary> last(@Nullable String workflowId, int count) {
    return log.last(workflowId, count);
  }

  /** The gates of limits at which there is something to see, by name. */
  public List<GateStanding> gates() {
    return gates.all();
  }

  private RecordedEvents find(String executionId) {
    return log.find(executionId)
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.UNKNOWN_EXECUTION, "no execution \"" + executionId + "\" is recorded"));
  }

  @Override
  public void close() {
    log.close();
  }
}
