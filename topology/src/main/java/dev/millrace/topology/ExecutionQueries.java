package dev.millrace.topology;

import dev.millrace.engine.ExecutionStanding;
import dev.millrace.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of the executions that run or wait. Answers are of the moment: what is read may
 * be of a transaction that is not committed yet. An execution that is over within one command is
 * never seen. Thread-safe; blocks; changes nothing.
 *
 * <p>Every method throws {@link ErrorCode#LIVE_STATE_UNAVAILABLE} while nothing can be read.
 */
public interface ExecutionQueries {
  /**
   * Executions in the order of their ids, which is mostly that in which they began.
   *
   * @param after the id that all come after; null for the first
   * @param limit how many at most
   */
  Listing list(Wanted wanted, @Nullable String after, int limit);

  /** One that is not over. */
  Optional<Found> find(String tenant, String executionId);

  /** How many run and wait, by workflow. */
  Tally tally(String tenant);

  /** The gates that somebody is in or waits at, or whose breaker remembers something, by name. */
  List<GateStanding> gates();

  /**
   * Which executions are looked for.
   *
   * @param workflows of any of these, empty for all
   * @param waiting only those that wait, or only those that run; empty for both
   */
  record Wanted(String tenant, Optional<Set<String>> workflows, Optional<Boolean> waiting) {
    public Wanted {
      workflows = workflows.map(Set::copyOf);
    }
  }

  /**
   * Some executions.
   *
   * @param upTo the id up to which all were looked at; empty when there are no more
   * @param complete whether every partition was looked at, and not only those that can be reached
   */
  record Listing(List<ExecutionOutline> rows, Optional<String> upTo, boolean complete) {
    private static final Comparator<String> BY_ID =
        (a, b) ->
            Arrays.compareUnsigned(
                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    public Listing {
      rows = List.copyOf(rows);
    }

    /** The first of several, as far as all of them were looked at. */
    static Listing merge(List<Listing> parts, int limit) {
      Optional<String> horizon = parts.stream().flatMap(part -> part.upTo().stream()).min(BY_ID);
      List<ExecutionOutline> rows =
          parts.stream()
              .flatMap(part -> part.rows().stream())
              .filter(
                  row -> horizon.filter(end -> BY_ID.compare(row.executionId(), end) > 0).isEmpty())
              .sorted(Comparator.comparing(ExecutionOutline::executionId, BY_ID))
              .toList();
      boolean complete = parts.stream().allMatch(Listing::complete);
      if (rows.size() <= limit) {
        return new Listing(rows, horizon, complete);
      }
      List<ExecutionOutline> page = rows.subList(0, limit);
      return new Listing(page, Optional.of(page.getLast().executionId()), complete);
    }
  }

  /** One execution. */
  record Found(ExecutionOutline outline, ExecutionStanding standing) {
    /** What the outline tells, and more. */
    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = outline.toJson();
      json.putAll(standing.toJson());
      return json;
    }
  }

  /**
   * How many executions of a workflow there are.
   *
   * @param oldest when the first of them began
   */
  record Count(String workflowId, long running, long waiting, Instant oldest) {
    Count plus(Count other) {
      return new Count(
          workflowId,
          running + other.running,
          waiting + other.waiting,
          oldest.isBefore(other.oldest) ? oldest : other.oldest);
    }
  }

  /**
   * How many executions there are.
   *
   * @param counts by workflow id
   * @param complete whether all were counted
   */
  record Tally(List<Count> counts, boolean complete) {
    public Tally {
      counts = List.copyOf(counts);
    }

    static Tally sum(List<Tally> parts) {
      Map<String, Count> sums = new TreeMap<>();
      parts.forEach(part ->
          part.counts().forEach(count -> sums.merge(count.workflowId(), count, Count::plus)));
      return new Tally(List.copyOf(sums.values()), parts.stream().allMatch(Tally::complete));
    }
  }
}
