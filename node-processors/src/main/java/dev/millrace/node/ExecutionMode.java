package dev.millrace.node;

/** What started an execution; the names are n8n's. */
public enum ExecutionMode {
  MANUAL,
  TRIGGER,
  WEBHOOK,
  ERROR,
  INTEGRATED,
  RETRY,
  CLI,
  INTERNAL,
  EVALUATION,
  CHAT;

  /** The name in n8n's JSON. */
  public String json() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether pin data applies and {@code $execution.mode} is {@code test}. */
  public boolean isManual() {
    return this == MANUAL || this == EVALUATION;
  }
}
