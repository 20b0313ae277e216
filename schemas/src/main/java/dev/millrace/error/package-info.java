/** The closed catalogue of errors. */
@NullMarked
package dev.millrace.error;

import org.jspecify.annotations.NullMarked;
