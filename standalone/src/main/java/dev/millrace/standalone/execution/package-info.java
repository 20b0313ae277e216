/** Running one execution through the engine and looking at what it did. */
@NullMarked
package dev.millrace.standalone.execution;

import org.jspecify.annotations.NullMarked;
