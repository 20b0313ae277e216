/** Nodes that steer the execution. */
@NullMarked
package dev.millrace.nodes.flow;

import org.jspecify.annotations.NullMarked;
