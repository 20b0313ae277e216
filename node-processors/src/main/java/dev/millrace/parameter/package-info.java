/**
 * Parameters: defaults, displayOptions, type validation, conditions, and their resolution for an
 * item.
 */
@NullMarked
package dev.millrace.parameter;

import org.jspecify.annotations.NullMarked;
