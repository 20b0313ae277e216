/** Tests of the history, and what they need: events as an engine writes them. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.history;
