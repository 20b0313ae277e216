/**
 * The binding of the engine core to Kafka Streams: one static topology of a router and one
 * processor per node type, its stores, and the runtime around it.
 */
@NullMarked
package dev.millrace.topology;

import org.jspecify.annotations.NullMarked;
