package dev.millrace.control.db;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.SQLException;
import java.util.function.Supplier;
import org.jdbi.v3.core.JdbiException;

/**
 * Tells callers that a key is taken, which the database finds out whoever comes at the same time.
 */
public final class UniqueKey {
  private static final String UNIQUE_VIOLATION = "23505";

  private UniqueKey() {}

  /**
   * Makes a change. The transaction has to be given up when it throws.
   *
   * @param taken what the caller is told when the key is another's
   * @throws MillraceException {@code CONFLICT}
   */
  public static <T> T guard(String taken, Supplier<T> change) {
    try {
      return change.get();
    } catch (JdbiException failed) {
      if (failed.getCause() instanceof SQLException sql
          && UNIQUE_VIOLATION.equals(sql.getSQLState())) {
        throw new MillraceException(ErrorCode.CONFLICT, taken, failed);
      }
      throw failed;
    }
  }
}
