/**
 * The pure engine core: a compiled plan, the state of one execution, the events that change it and
 * the decisions that make events. No Kafka, clock, random, thread or I/O.
 */
@NullMarked
package dev.millrace.engine;

import org.jspecify.annotations.NullMarked;
