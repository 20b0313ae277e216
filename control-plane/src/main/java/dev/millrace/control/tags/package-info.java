/** Labels of workflows and executions, the same ones in the whole installation. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.tags;
