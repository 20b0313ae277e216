package dev.millrace.worker;

/** What the broker is to be told about a delivered task. */
record Settlement(TaskId id, Verdict verdict) {
  enum Verdict {
    /** Done; never deliver it again. */
    ACCEPT,
    /** Still running; keep it for this worker. */
    RENEW,
    /** Given back; deliver it again, here or elsewhere. */
    RELEASE,
    /** Delivered too often and noted as such; never deliver it again. */
    REJECT
  }
}
