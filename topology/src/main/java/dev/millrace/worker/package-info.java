/**
 * Effect workers: tasks leave the engine by a topic, which a share group hands out record by
 * record, and each runs on a virtual thread of its own.
 *
 * <p>{@code TaskPump} is the loop, {@code InFlight} decides (no Kafka, no clock), {@code
 * TaskThreads} runs, {@code ShareGroupConsumer} and {@code ShareGroup} talk to Kafka.
 */
@NullMarked
package dev.millrace.worker;

import org.jspecify.annotations.NullMarked;
