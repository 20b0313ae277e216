/**
 * Limits on calls and executions: how fast, how many at once, and when to leave a service alone.
 * Pure: no Kafka, clock, random or thread.
 */
@NullMarked
package dev.millrace.limit;

import org.jspecify.annotations.NullMarked;
