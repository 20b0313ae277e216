/** Tests of the history in PostgreSQL. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.history.postgres;
