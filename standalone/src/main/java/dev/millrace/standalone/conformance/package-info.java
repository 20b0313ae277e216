/** Recorded behaviour of whole workflows, run through the engine and compared. */
@NullMarked
package dev.millrace.standalone.conformance;

import org.jspecify.annotations.NullMarked;
