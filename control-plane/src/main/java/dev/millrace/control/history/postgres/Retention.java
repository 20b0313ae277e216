package dev.millrace.control.history.postgres;

import dev.millrace.control.history.RetentionPolicy;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Update;

/** Removes what is no longer kept: whole days where it can, else rows in bites. Thread-safe. */
final class Retention {
  /** Rows in one transaction. */
  private static final int BITE = 5_000;

  private static final String OVER = " and status in ('success', 'error', 'canceled', 'crashed')";

  private final Jdbi jdbi;
  private final DayPartitions days;

  Retention(Jdbi jdbi, DayPartitions days) {
    this.jdbi = jdbi;
    this.days = days;
  }

  /** The newest execution that goes. */
  private record Last(Instant startedAt, String id) {}

  long prune(RetentionPolicy policy, Instant now) {
    long gone = 0;
    if (!policy.maxAge().isZero()) {
      LocalDate kept = DayPartitions.day(now.minus(policy.maxAge()));
      gone += before(kept);
    }
    if (policy.maxCount() > 0) {
      Optional<Last> last = beyond(policy.maxCount());
      if (last.isPresent()) {
        gone += before(DayPartitions.day(last.get().startedAt()));
        gone += upTo(last.get());
      }
    }
    return gone;
  }

  /** All that is over and began before a day. */
  private long before(LocalDate kept) {
    long gone = 0;
    for (LocalDate day : days.all()) {
      if (!day.isBefore(kept)) {
        break;
      }
      long dropped = days.drop(day);
      gone += dropped >= 0 ? dropped : upTo(new Last(DayPartitions.end(day), ""));
    }
    return gone;
  }

  private Optional<Last> beyond(long maxCount) {
    return jdbi.withHandle(handle ->
        handle
            .createQuery(
                "select started_at, id from execution where true"
                    + OVER
                    + " order by started_at desc, id desc offset :most limit 1")
            .bind("most", maxCount)
            .map((row, context) -> new Last(ExecutionColumns.startedAt(row), row.getString("id")))
            .findOne());
  }

  private long upTo(Last last) {
    long gone = 0;
    int bite;
    do {
      bite = bite(last);
      gone += bite;
    } while (bite == BITE);
    return gone;
  }

  private int bite(Last last) {
    return jdbi.inTransaction(handle -> {
      Update delete =
          handle
              .createUpdate(
                  "with old as materialized (select id, started_at from execution"
                      + " where started_at <= :at and (started_at, id) <= (:at, :id)"
                      + OVER
                      + " order by started_at, id limit "
                      + BITE
                      + "), answered as (delete from execution_data d using old"
                      + " where d.execution_id = old.id and d.started_at = old.started_at)"
                      + " delete from execution e using old"
                      + " where e.id = old.id and e.started_at = old.started_at")
              .bind("at", last.startedAt().atOffset(ZoneOffset.UTC))
              .bind("id", last.id());
      return delete.execute();
    });
  }
}
