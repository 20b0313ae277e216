package dev.millrace.control.history.postgres;

import dev.millrace.control.history.ExecutionFilter;
import dev.millrace.control.history.ExecutionPage;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.http.Grant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Finds executions, the newest first. Every list is made of ranges of an index that has the order
 * of the list: one for each status that is wanted and, where the caller does not see everything,
 * for each of his projects. What a range cannot hold (nodes, custom data, error texts) is looked
 * for in the newest executions first, and where there is not enough of it, it is rare, and its own
 * index serves. Thread-safe.
 */
final class ExecutionSearch {
  /** How many of the newest are looked through for what is frequent. */
  private static final int WINDOW = 5_000;

  /** Beyond so many ranges the newest of each are too many to look through. */
  private static final int MOST_RANGES = 4;

  /** What takes longer takes it from others; compiling would take longer than most searches do. */
  private static final String LIMITS = "set local statement_timeout = '10s'; set local jit = off";

  private static final String ORDER = " order by started_at desc, id desc";

  private final Jdbi jdbi;

  ExecutionSearch(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  List<ExecutionRow> newest(
      Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after, int limit) {
    if (nothing(grant)) {
      return List.of();
    }
    return within(handle -> {
      boolean rare = !filter.marks().isEmpty() || filter.error().isPresent();
      if (!rare) {
        return rows(handle, ranges(grant, filter, after, limit), grant, filter, after);
      }
      if (rangeCount(grant, filter) <= MOST_RANGES) {
        String sql =
            "select * from ("
                + ranges(grant, filter, after, WINDOW)
                + ") newest where "
                + rare(filter)
                + ORDER
                + " limit "
                + limit;
        List<ExecutionRow> found = rows(handle, sql, grant, filter, after);
        if (found.size() == limit) {
          return found;
        }
      }
      // Materialized: the planner is not to walk through all executions in their order instead.
      String sql =
          "with found as materialized (select "
              + ExecutionColumns.ALL
              + " from execution where "
              + every(filter, after)
              + " and "
              + rare(filter)
              + ") select * from found"
              + ORDER
              + " limit "
              + limit;
      return rows(handle, sql, grant, filter, after);
    });
  }

  long count(Grant grant, ExecutionFilter filter, long most) {
    if (nothing(grant)) {
      return 0;
    }
    String rare =
        filter.marks().isEmpty() && filter.error().isEmpty() ? "" : " and " + rare(filter);
    String sql =
        "select count(*) from (select from execution where "
            + every(filter, Optional.empty())
            + rare
            + " limit "
            + most
            + ") counted";
    return within(handle ->
        bound(handle.createQuery(sql), grant, filter, Optional.empty()).mapTo(Long.class).one());
  }

  private <T> T within(Function<Handle, T> work) {
    return Failures.translated(() ->
        jdbi.inTransaction(handle -> {
          handle.execute(LIMITS);
          return work.apply(handle);
        }));
  }

  private static List<ExecutionRow> rows(
      Handle handle,
      String sql,
      Grant grant,
      ExecutionFilter filter,
      Optional<ExecutionPage.Cursor> after) {
    return bound(handle.createQuery(sql), grant, filter, after)
        .map((row, context) -> ExecutionColumns.read(row))
        .list();
  }

  private static boolean nothing(Grant grant) {
    return !grant.everything() && grant.projects().isEmpty();
  }

  /** The statuses that are looked through one by one; none: all at once. */
  private static Set<ExecutionStatus> statuses(ExecutionFilter filter) {
    if (filter.error().isEmpty()) {
      return filter.statuses();
    }
    // Nothing else has an error.
    Set<ExecutionStatus> failed = EnumSet.copyOf(ExecutionStatus.allFailed());
    if (!filter.statuses().isEmpty()) {
      failed.retainAll(filter.statuses());
    }
    return failed;
  }

  private static boolean byProject(Grant grant, ExecutionFilter filter) {
    return !grant.everything() && filter.workflowId().isEmpty();
  }

  private static int rangeCount(Grant grant, ExecutionFilter filter) {
    return Math.max(1, statuses(filter).size())
        * (byProject(grant, filter) ? grant.projects().size() : 1);
  }

  private static String ranges(
      Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after, int limit) {
    List<String> ranges = new ArrayList<>();
    for (ExecutionStatus status : statuses(filter)) {
      ranges.add(range(grant, filter, after, limit, status(status)));
    }
    if (ranges.isEmpty()) {
      if (filter.error().isPresent()) {
        // Only statuses are wanted that have no error.
        return "select " + ExecutionColumns.ALL + " from execution where false";
      }
      ranges.add(range(grant, filter, after, limit, ""));
    }
    return "select * from (("
        + String.join(") union all (", ranges)
        + ")) ranges"
        + ORDER
        + " limit "
        + limit;
  }

  /** The names of statuses are ours; as literals they show which index holds them. */
  private static String status(ExecutionStatus status) {
    return " and status = '"
        + status.json()
        + "'"
        + (status == ExecutionStatus.SUCCESS ? "" : " and status <> 'success'");
  }

  private static String range(
      Grant grant,
      ExecutionFilter filter,
      Optional<ExecutionPage.Cursor> after,
      int limit,
      String status) {
    String times = times(filter, after) + status;
    String select = "select " + ExecutionColumns.ALL + " from execution where ";
    if (filter.workflowId().isPresent()) {
      return select
          + "workflow_id = :workflow and "
          + Grant.FILTER
          + times
          + ORDER
          + " limit "
          + limit;
    }
    if (grant.everything()) {
      return select + "true" + times + ORDER + " limit " + limit;
    }
    return "select newest.* from unnest(cast(:projects as text[])) as granted (project)"
        + " cross join lateral ("
        + select
        + "project_id = granted.project"
        + times
        + ORDER
        + " limit "
        + limit
        + ") newest";
  }

  /** All that a row must be, but for what is rare, as one condition. */
  private static String every(ExecutionFilter filter, Optional<ExecutionPage.Cursor> after) {
    Set<ExecutionStatus> statuses = statuses(filter);
    String any =
        statuses.isEmpty()
            ? (filter.error().isPresent() ? " and false" : "")
            : " and status in ("
                + String.join(
                    ", ", statuses.stream().map(status -> "'" + status.json() + "'").toList())
                + ")";
    return Grant.FILTER
        + (filter.workflowId().isPresent() ? " and workflow_id = :workflow" : "")
        + times(filter, after)
        + any;
  }

  private static String times(ExecutionFilter filter, Optional<ExecutionPage.Cursor> after) {
    StringBuilder sql = new StringBuilder();
    if (filter.from().isPresent()) {
      sql.append(" and started_at >= :from");
    }
    if (filter.to().isPresent()) {
      sql.append(" and started_at < :to");
    }
    if (after.isPresent()) {
      // The first of the two says which days need not be looked into.
      sql.append(" and started_at <= :afterAt and (started_at, id) < (:afterAt, :afterId)");
    }
    return sql.toString();
  }

  private static String rare(ExecutionFilter filter) {
    List<String> conditions = new ArrayList<>();
    if (!filter.marks().isEmpty()) {
      conditions.add("marks @> cast(:marks as text[])");
    }
    if (filter.error().isPresent()) {
      conditions.add("error_message is not null and error_message ilike :error");
    }
    return String.join(" and ", conditions);
  }

  private static Query bound(
      Query query, Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after) {
    // Whoever sees everything has no projects.
    query.getConfig(SqlStatements.class).setUnusedBindingAllowed(true);
    grant.bind(query);
    filter.workflowId().ifPresent(id -> query.bind("workflow", id));
    filter.from().ifPresent(from -> query.bind("from", from.atOffset(ZoneOffset.UTC)));
    filter.to().ifPresent(to -> query.bind("to", to.atOffset(ZoneOffset.UTC)));
    after.ifPresent(cursor ->
        query
            .bind("afterAt", cursor.startedAt().atOffset(ZoneOffset.UTC))
            .bind("afterId", cursor.id()));
    if (!filter.marks().isEmpty()) {
      query.bindArray("marks", String.class, (Object[]) filter.marks().toArray(new String[0]));
    }
    filter
        .error()
        .ifPresent(part ->
            query.bind(
                "error",
                "%" + part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"));
    return query;
  }
}
