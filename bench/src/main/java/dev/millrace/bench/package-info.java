/** Benchmarks: the engine against a bare topology, and webhooks over HTTP. */
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;
