package dev.millrace.control.history.postgres;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.SQLException;
import java.util.function.Supplier;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** What the database's errors mean to the history. Pure functions. */
final class Failures {
  /** A value that a type does not take, or a constraint; an index entry that is too large. */
  private static final String DATA = "22";

  private static final String INTEGRITY = "23";
  private static final String LIMIT = "54";

  /** There is no partition for a row: in the class of broken constraints, but it can be made. */
  private static final String NO_PARTITION = "23514";

  private static final String CANCELED = "57014";

  private Failures() {}

  /** Runs something, and says what an error of the database means. */
  static <T extends @Nullable Object> T translated(Supplier<T> work) {
    try {
      return work.get();
    } catch (JdbiException failed) {
      throw of(failed);
    }
  }

  static MillraceException of(Exception failed) {
    String state = state(failed);
    String message = String.valueOf(failed.getCause() == null ? failed : failed.getCause());
    if (state.equals(CANCELED)) {
      return new MillraceException(
          ErrorCode.HISTORY_SEARCH_TOO_BROAD, "the search took too long", failed);
    }
    return new MillraceException(
        refused(state) ? ErrorCode.HISTORY_RECORD_REFUSED : ErrorCode.DATABASE_UNAVAILABLE,
        message,
        failed);
  }

  /** Whether the partition of a row is not there. */
  static boolean lacksPartition(Exception failed) {
    return state(failed).equals(NO_PARTITION);
  }

  private static boolean refused(String state) {
    return !state.equals(NO_PARTITION)
        && (state.startsWith(DATA) || state.startsWith(INTEGRITY) || state.startsWith(LIMIT));
  }

  private static String state(Throwable failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
    }
    return "";
  }
}
