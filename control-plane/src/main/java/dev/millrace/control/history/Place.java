package dev.millrace.control.history;

/** Where a record lies in the events topic. */
public record Place(int partition, long offset) {
  @Override
  public String toString() {
    return "partition " + partition + ", offset " + offset;
  }
}
