package dev.millrace.control.history.postgres;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * The partitions of the tables of executions and of what their nodes answered, one of each for a
 * day (UTC) on which executions began. Thread-safe.
 */
final class DayPartitions {
  /** Whoever makes or drops partitions waits for the others that do. */
  private static final long LOCK = 0x6D72_6869_7374L;

  private static final String EXECUTION = "execution_";
  private static final String DATA = "execution_data_";
  private static final DateTimeFormatter DAY = DateTimeFormatter.BASIC_ISO_DATE;

  private final Jdbi jdbi;
  private final Set<LocalDate> known = ConcurrentHashMap.newKeySet();

  DayPartitions(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  static LocalDate day(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC).toLocalDate();
  }

  static Instant begin(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  static Instant end(LocalDate day) {
    return begin(day.plusDays(1));
  }

  /** Makes those that are missing. */
  void ensure(Collection<LocalDate> days) {
    Set<LocalDate> missing =
        days.stream().filter(day -> !known.contains(day)).collect(Collectors.toSet());
    if (missing.isEmpty()) {
      return;
    }
    jdbi.useTransaction(handle -> {
      lock(handle);
      missing.stream().sorted().forEach(day -> create(handle, day));
    });
    known.addAll(missing);
  }

  private static void create(Handle handle, LocalDate day) {
    String range = " for values from ('" + begin(day) + "') to ('" + end(day) + "')";
    handle.execute(
        "create table if not exists "
            + EXECUTION
            + DAY.format(day)
            + " partition of execution"
            + range);
    handle.execute(
        "create table if not exists "
            + DATA
            + DAY.format(day)
            + " partition of execution_data"
            + range);
  }

  /** Looks again what there is, because somebody else dropped something. */
  void forget() {
    known.clear();
  }

  /** The days that there is a partition for, the earliest first. */
  List<LocalDate> all() {
    return jdbi.withHandle(handle ->
        handle
            .createQuery(
                "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
                    + " where i.inhparent = 'execution'::regclass order by c.relname")
            .map((row, context) ->
                LocalDate.parse(row.getString(1).substring(EXECUTION.length()), DAY))
            .list());
  }

  /**
   * Drops a day, unless an execution of it is not over.
   *
   * @return how many executions it had, -1 where it stays
   */
  long drop(LocalDate day) {
    long gone =
        jdbi.inTransaction(handle -> {
          lock(handle);
          String table = EXECUTION + DAY.format(day);
          long rows = handle.createQuery("select count(*) from " + table).mapTo(Long.class).one();
          // Dropping takes both tables for a moment, and while it waits for one that is in use,
          // others wait behind it: not for long.
          handle.execute("set local lock_timeout = '2s'");
          handle.execute("lock table only execution, only execution_data in access exclusive mode");
          boolean open =
              handle
                  .createQuery(
                      "select exists (select from execution_open"
                          + " where started_at >= :begin and started_at < :end)")
                  .bind("begin", begin(day).atOffset(ZoneOffset.UTC))
                  .bind("end", end(day).atOffset(ZoneOffset.UTC))
                  .mapTo(Boolean.class)
                  .one();
          if (open) {
            return -1L;
          }
          handle.execute("drop table " + table);
          handle.execute("drop table " + DATA + DAY.format(day));
          return rows;
        });
    if (gone >= 0) {
      known.remove(day);
    }
    return gone;
  }

  private static void lock(Handle handle) {
    handle.execute("select pg_advisory_xact_lock(" + LOCK + ")");
  }
}
