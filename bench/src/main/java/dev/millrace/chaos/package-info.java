/** Faults under load, and the proof from the topics that nothing was lost or done twice. */
@NullMarked
package dev.millrace.chaos;

import org.jspecify.annotations.NullMarked;
