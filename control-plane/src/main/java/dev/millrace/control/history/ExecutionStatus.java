package dev.millrace.control.history;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Where an execution stands; the names are n8n's. */
public enum ExecutionStatus {
  /** Waits for its turn. No event says so, so no projected execution has it. */
  NEW(false),
  RUNNING(false),
  WAITING(false),
  SUCCESS(true),
  ERROR(true),
  CANCELED(true),
  CRASHED(true);

  private final boolean over;

  ExecutionStatus(boolean over) {
    this.over = over;
  }

  /** Whether nothing can happen any more. */
  public boolean over() {
    return over;
  }

  /** The name in n8n's JSON. */
  public String json() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All names in n8n's JSON. */
  static List<String> names() {
    return Arrays.stream(values()).map(ExecutionStatus::json).toList();
  }

  /** The status with a name of n8n's JSON, empty when there is none. */
  public static Optional<ExecutionStatus> of(String json) {
    return Arrays.stream(values()).filter(status -> status.json().equals(json)).findFirst();
  }

  /** Those in which nothing can happen any more. */
  public static Set<ExecutionStatus> allOver() {
    return EnumSet.of(SUCCESS, ERROR, CANCELED, CRASHED);
  }

  /** Those in which something can. */
  public static Set<ExecutionStatus> allOpen() {
    return EnumSet.of(NEW, RUNNING, WAITING);
  }

  /** Those that did not end well: the only ones that have an error. */
  public static Set<ExecutionStatus> allFailed() {
    return EnumSet.of(ERROR, CANCELED, CRASHED);
  }
}
