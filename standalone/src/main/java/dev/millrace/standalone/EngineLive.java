package dev.millrace.standalone;

import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.live.LiveExecution;
import dev.millrace.control.live.LiveExecutions;
import dev.millrace.topology.ExecutionOutline;
import dev.millrace.topology.ExecutionQueries;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells the control plane what the engine of this process has in its stores. Thread-safe. */
final class EngineLive implements LiveExecutions {
  /** There is one tenant so far. */
  private static final String TENANT = "default";

  private final ExecutionQueries queries;
  private final InstantSource clock;

  EngineLive(ExecutionQueries queries, InstantSource clock) {
    this.queries = queries;
    this.clock = clock;
  }

  @Override
  public Page list(Wanted wanted, Optional<String> after, int limit) {
    ExecutionQueries.Listing listing =
        queries.list(
            new ExecutionQueries.Wanted(TENANT, wanted.workflows(), wanted.waiting()),
            after.orElse(null),
            limit);
    return new Page(
        listing.rows().stream().map(row -> execution(row, row.toJson())).toList(),
        listing.upTo(),
        listing.complete());
  }

  @Override
  public Optional<LiveExecution> find(String id) {
    return queries.find(TENANT, id).map(found -> execution(found.outline(), found.toJson()));
  }

  private static LiveExecution execution(
      ExecutionOutline outline, Map<String, @Nullable Object> json) {
    return new LiveExecution(
        outline.executionId(),
        outline.workflowId(),
        outline.waits() ? ExecutionStatus.WAITING : ExecutionStatus.RUNNING,
        outline.startedAt(),
        outline.sequence(),
        json);
  }

  @Override
  public Counts counts() {
    ExecutionQueries.Tally tally = queries.tally(TENANT);
    return new Counts(
        tally.counts().stream()
            .map(count ->
                new Count(count.workflowId(), count.running(), count.waiting(), count.oldest()))
            .toList(),
        tally.complete());
  }

  @Override
  public List<Limit> limits() {
    return queries.gates().stream()
        .map(gate -> new Limit(gate.name(), gate.toJson(clock.instant())))
        .toList();
  }
}
