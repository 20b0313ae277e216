/** Nodes that steer where items go. */
@NullMarked
package dev.millrace.nodes.flow;

import org.jspecify.annotations.NullMarked;
