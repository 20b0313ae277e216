/** Executions that are not over, asked of the engine, and what happens in executions as it does. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.live;
