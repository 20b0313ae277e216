/** The nodes, one package per family, and what several families share. */
@NullMarked
package dev.millrace.nodes;

import org.jspecify.annotations.NullMarked;
