/** Nodes that start executions. */
@NullMarked
package dev.millrace.nodes.trigger;

import org.jspecify.annotations.NullMarked;
