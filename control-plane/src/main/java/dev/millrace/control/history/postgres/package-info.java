/** The history in PostgreSQL. */
@NullMarked
package dev.millrace.control.history.postgres;

import org.jspecify.annotations.NullMarked;
