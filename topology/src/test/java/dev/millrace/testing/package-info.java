/** Nodes, workflows and a clock for tests of the engine. */
@NullMarked
package dev.millrace.testing;

import org.jspecify.annotations.NullMarked;
