/** The command {@code ./millrace}: everything in one process on embedded defaults. */
@NullMarked
package dev.millrace.standalone;

import org.jspecify.annotations.NullMarked;
