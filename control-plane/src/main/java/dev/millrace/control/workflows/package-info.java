/** Workflows: drafts, versions, and their way to the engine. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.workflows;
