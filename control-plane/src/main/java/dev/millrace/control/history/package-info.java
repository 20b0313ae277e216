/**
 * What executions did: a projection of the events topic into a store that can be searched, and the
 * API over it.
 */
@NullMarked
package dev.millrace.control.history;

import org.jspecify.annotations.NullMarked;
