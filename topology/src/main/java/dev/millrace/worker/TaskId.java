package dev.millrace.worker;

/** Where a task lies in its topic, which is what tells one from another. */
record TaskId(int partition, long offset) {
  @Override
  public String toString() {
    return partition + "@" + offset;
  }
}
