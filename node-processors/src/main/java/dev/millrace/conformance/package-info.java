/** Runs files of recorded behaviour against Millrace and says, case by case, what differs. */
@NullMarked
package dev.millrace.conformance;

import org.jspecify.annotations.NullMarked;
