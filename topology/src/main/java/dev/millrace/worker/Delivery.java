package dev.millrace.worker;

import org.jspecify.annotations.Nullable;

/** A task as the broker delivered it. */
record Delivery(TaskId id, byte @Nullable [] key, byte @Nullable [] value, int deliveryCount) {
  int bytes() {
    return (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
  }
}
