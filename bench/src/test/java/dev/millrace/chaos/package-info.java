/** Tests of the faults under load and of who judges them. */
@NullMarked
package dev.millrace.chaos;

import org.jspecify.annotations.NullMarked;
