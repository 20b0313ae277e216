package dev.millrace.control.history.postgres;

import dev.millrace.control.db.Database;
import dev.millrace.control.history.Changes;
import dev.millrace.control.history.ExecutionFilter;
import dev.millrace.control.history.ExecutionPage;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.History;
import dev.millrace.control.history.NodeRuns;
import dev.millrace.control.history.Position;
import dev.millrace.control.history.RetentionPolicy;
import dev.millrace.control.http.Grant;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/** The history in PostgreSQL; {@code V30__history.sql} says what its tables are for. */
public final class PostgresHistory implements History {
  private static final String SELECT = "select " + ExecutionColumns.ALL + " from execution where ";
  private static final String ROW_OF =
      SELECT + "id = any(:ids) and started_at >= :begin and started_at < :end";

  /** An execution begins after its id is made; it may wait for its turn for some time. */
  private static final Duration QUEUED = Duration.ofDays(2);

  private static final Duration CLOCKS_APART = Duration.ofMinutes(10);
  private static final Instant NEVER = Instant.parse("9999-01-01T00:00:00Z");

  /** Days. */
  private static final int MADE_AHEAD = 2;

  private static final int UUID_LENGTH = 36;
  private static final int MILLIS_BITS = 16;
  private static final int BY_TIME = 7;

  private final Jdbi jdbi;
  private final DayPartitions days;
  private final ExecutionSearch search;
  private final Retention retention;

  public PostgresHistory(Database database) {
    this.jdbi = database.jdbi();
    this.days = new DayPartitions(jdbi);
    this.search = new ExecutionSearch(database.reads());
    this.retention = new Retention(jdbi, days);
  }

  @Override
  public Map<Integer, Position> positions() {
    return Failures.translated(() ->
        jdbi.withHandle(handle -> {
          Map<Integer, Position> positions = new TreeMap<>();
          handle
              .createQuery(
                  "select \"partition\", next_offset, event_at, caught_up_at"
                      + " from history_position")
              .map((row, context) ->
                  Map.entry(
                      row.getInt("partition"),
                      new Position(
                          row.getLong("next_offset"),
                          ExecutionColumns.instant(row, "event_at"),
                          ExecutionColumns.instant(row, "caught_up_at"))))
              .forEach(entry -> positions.put(entry.getKey(), entry.getValue()));
          return positions;
        }));
  }

  @Override
  public List<ExecutionRow> unfinished(Collection<String> ids) {
    return Failures.translated(() ->
        jdbi.withHandle(handle -> {
          Map<LocalDate, List<String>> byDay = new TreeMap<>();
          handle
              .createQuery("select id, started_at from execution_open where id = any(:ids)")
              .bindArray("ids", String.class, ids.toArray())
              .map((row, context) ->
                  Map.entry(
                      DayPartitions.day(ExecutionColumns.startedAt(row)), row.getString("id")))
              .forEach(open ->
                  byDay
                      .computeIfAbsent(open.getKey(), day -> new ArrayList<>())
                      .add(open.getValue()));
          List<ExecutionRow> rows = new ArrayList<>();
          byDay.forEach((day, of) ->
              rows.addAll(between(handle, of, DayPartitions.begin(day), DayPartitions.end(day))));
          return rows;
        }));
  }

  private static List<ExecutionRow> between(
      Handle handle, Collection<String> ids, Instant begin, Instant end) {
    return handle
        .createQuery(ROW_OF)
        .bindArray("ids", String.class, ids.toArray())
        .bind("begin", begin.atOffset(ZoneOffset.UTC))
        .bind("end", end.atOffset(ZoneOffset.UTC))
        .map((row, context) -> ExecutionColumns.read(row))
        .list();
  }

  @Override
  public void apply(Changes changes) {
    Set<LocalDate> needed = new HashSet<>();
    changes.created().forEach(row -> needed.add(DayPartitions.day(row.startedAt())));
    try {
      days.ensure(needed);
      jdbi.useTransaction(handle -> new ExecutionWriter(handle.getConnection()).write(changes));
    } catch (JdbiException | SQLException failed) {
      if (Failures.lacksPartition(failed)) {
        // Somebody dropped it after it was seen: the next try makes it again.
        days.forget();
      }
      throw Failures.of(failed);
    }
  }

  @Override
  public Optional<ExecutionRow> find(Grant grant, String id) {
    if (id.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    return Failures.translated(() ->
        jdbi.withHandle(handle ->
            madeAt(id)
                .flatMap(
                    made -> one(handle, grant, id, made.minus(CLOCKS_APART), made.plus(QUEUED)))
                .or(() -> one(handle, grant, id, Instant.EPOCH, NEVER))));
  }

  private static Optional<ExecutionRow> one(
      Handle handle, Grant grant, String id, Instant begin, Instant end) {
    return grant
        .bind(
            handle.createQuery(
                SELECT
                    + "id = :id and started_at >= :begin and started_at < :end and "
                    + Grant.FILTER
                    + " order by started_at desc limit 1"))
        .bind("id", id)
        .bind("begin", begin.atOffset(ZoneOffset.UTC))
        .bind("end", end.atOffset(ZoneOffset.UTC))
        .map((row, context) -> ExecutionColumns.read(row))
        .findOne();
  }

  /** When an id was made, where it says so: then only a few days are to be looked into. */
  static Optional<Instant> madeAt(String id) {
    if (id.length() < UUID_LENGTH) {
      return Optional.empty();
    }
    try {
      UUID made = UUID.fromString(id.substring(0, UUID_LENGTH));
      return made.version() == BY_TIME
          ? Optional.of(Instant.ofEpochMilli(made.getMostSignificantBits() >>> MILLIS_BITS))
          : Optional.empty();
    } catch (IllegalArgumentException another) {
      return Optional.empty();
    }
  }

  @Override
  public List<NodeRuns> runs(ExecutionRow execution) {
    return Failures.translated(() ->
        jdbi.withHandle(handle ->
            handle
                .createQuery(
                    "select sequence, runs from execution_data"
                        + " where execution_id = :id and started_at = :at"
                        + " order by sequence")
                .bind("id", execution.id())
                .bind("at", execution.startedAt().atOffset(ZoneOffset.UTC))
                .map((row, context) ->
                    new NodeRuns(
                        execution.id(),
                        execution.startedAt(),
                        row.getLong("sequence"),
                        row.getBytes("runs")))
                .list()));
  }

  @Override
  public ExecutionPage list(
      Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after, int limit) {
    return ExecutionPage.of(search.newest(grant, filter, after, limit + 1), limit);
  }

  @Override
  public long count(Grant grant, ExecutionFilter filter, long most) {
    return search.count(grant, filter, most);
  }

  @Override
  public int delete(Grant grant, Collection<String> ids) {
    try {
      return jdbi.inTransaction(handle -> {
        List<ExecutionRow> rows =
            grant
                .bind(
                    handle.createQuery(
                        SELECT
                            + "id = any(:ids) and "
                            + Grant.FILTER
                            + " and status in ('success', 'error', 'canceled', 'crashed')"
                            + " for update"))
                .bindArray("ids", String.class, ids.toArray())
                .map((row, context) -> ExecutionColumns.read(row))
                .list();
        return new ExecutionWriter(handle.getConnection()).remove(rows);
      });
    } catch (JdbiException | SQLException failed) {
      throw Failures.of(failed);
    }
  }

  @Override
  public void moved(String workflowId, String projectId) {
    Failures.translated(() ->
        jdbi.withHandle(handle ->
            handle
                .createUpdate(
                    "update execution set project_id = :project"
                        + " where workflow_id = :workflow"
                        + " and project_id is distinct from :project")
                .bind("project", projectId)
                .bind("workflow", workflowId)
                .execute()));
  }

  @Override
  public void prepare(Instant now) {
    List<LocalDate> coming = new ArrayList<>();
    for (int ahead = 0; ahead <= MADE_AHEAD; ahead++) {
      coming.add(DayPartitions.day(now).plusDays(ahead));
    }
    Failures.translated(() -> {
      days.ensure(coming);
      return coming;
    });
  }

  @Override
  public long prune(RetentionPolicy policy, Instant now) {
    return Failures.translated(() -> retention.prune(policy, now));
  }
}
