package dev.millrace.control.history;

import dev.millrace.control.http.Grant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Executions that have begun and are not in history yet. Thread-safe; blocks. */
@FunctionalInterface
public interface Unprojected {
  /**
   * One that a grant covers, with the fields that executions have in history.
   *
   * @throws dev.millrace.error.MillraceException {@code LIVE_STATE_UNAVAILABLE} while nobody can
   *     tell
   */
  Optional<Map<String, @Nullable Object>> find(Grant grant, String id);
}
