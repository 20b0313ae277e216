/** Nodes that reshape items: lists, fields, order and dates. */
@NullMarked
package dev.millrace.nodes.transform;

import org.jspecify.annotations.NullMarked;
