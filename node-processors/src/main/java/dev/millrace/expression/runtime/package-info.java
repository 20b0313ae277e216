/** GraalJS: contexts, what JavaScript asks of the host, and values on their way in and out. */
@NullMarked
package dev.millrace.expression.runtime;

import org.jspecify.annotations.NullMarked;
