/** Nodes that run the user's own code. */
@NullMarked
package dev.millrace.nodes.code;

import org.jspecify.annotations.NullMarked;
