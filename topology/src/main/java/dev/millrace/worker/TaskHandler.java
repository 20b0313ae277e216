package dev.millrace.worker;

import org.jspecify.annotations.Nullable;

/**
 * What is done with a task. All methods run on virtual threads, many at the same time, and may
 * block. Every task is delivered at least once: again after a worker that died or lost its
 * connection, so a result has to be recognisable as one that was seen before.
 */
public interface TaskHandler {
  /**
   * Runs a task. When it returns, the result is durable and the task is done.
   *
   * @param key of the record
   * @param value of the record
   * @param deliveryCount which delivery of the task this is, from 1
   * @throws InterruptedException when it was stopped; the task is given back at once for another
   *     worker, unless it was cancelled
   * @throws Exception or any other {@code Throwable}: it is logged and the task delivered again
   *     after a while, until there were too many deliveries
   */
  void handle(byte @Nullable [] key, byte @Nullable [] value, int deliveryCount) throws Exception;

  /**
   * Takes note of a task that was delivered too often and is not run any more. When it returns,
   * that is durable and the task is done. What it throws is logged and it is called again; it may
   * also be called again after the worker died.
   *
   * @param deliveryCount number of deliveries, this one included
   * @param last what the last run threw, if it ran in this process and that is still known
   */
  void giveUp(
      byte @Nullable [] key, byte @Nullable [] value, int deliveryCount, @Nullable Throwable last)
      throws Exception;
}
