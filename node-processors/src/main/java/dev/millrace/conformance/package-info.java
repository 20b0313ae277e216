/** Readers of behaviour cases: each runs a case against the code and says what differs. */
@NullMarked
package dev.millrace.conformance;

import org.jspecify.annotations.NullMarked;
