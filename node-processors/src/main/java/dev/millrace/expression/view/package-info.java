/** What an expression may see of its execution: items, other nodes, lineage. Without JavaScript. */
@NullMarked
package dev.millrace.expression.view;

import org.jspecify.annotations.NullMarked;
