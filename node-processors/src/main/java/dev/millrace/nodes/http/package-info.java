/** Nodes that speak HTTP in general; nodes of single services are elsewhere. */
@NullMarked
package dev.millrace.nodes.http;

import org.jspecify.annotations.NullMarked;
