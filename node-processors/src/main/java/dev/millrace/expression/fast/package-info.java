/** The fast path: expressions that need no JavaScript, compiled to Java closures. */
@NullMarked
package dev.millrace.expression.fast;

import org.jspecify.annotations.NullMarked;
