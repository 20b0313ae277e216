/** Nodes that work with data tables. */
@NullMarked
package dev.millrace.nodes.tables;

import org.jspecify.annotations.NullMarked;
