/** The commands that work on a server by its REST API. */
@org.jspecify.annotations.NullMarked
package dev.millrace.cli;
