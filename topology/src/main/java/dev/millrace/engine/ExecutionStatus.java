package dev.millrace.engine;

/** The life of an execution. */
public enum ExecutionStatus {
  /** Has work queued. */
  RUNNING(false),
  /** A worker runs a node that reaches outside; people see it as running. */
  CALLING(false),
  /** Waits for a timer or a signal. */
  WAITING(false),
  SUCCESS(true),
  ERROR(true),
  CANCELED(true);

  private final boolean terminal;

  ExecutionStatus(boolean terminal) {
    this.terminal = terminal;
  }

  /** Whether nothing can happen any more. */
  public boolean terminal() {
    return terminal;
  }

  /** The name in n8n's JSON. */
  public String json() {
    return (this == CALLING ? RUNNING : this).name().toLowerCase(java.util.Locale.ROOT);
  }
}
