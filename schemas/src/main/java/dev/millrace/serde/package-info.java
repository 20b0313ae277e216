/** Serdes: records of the topics and stores as bytes, and items as records. */
@NullMarked
package dev.millrace.serde;

import org.jspecify.annotations.NullMarked;
