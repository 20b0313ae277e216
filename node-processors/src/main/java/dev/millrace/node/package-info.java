/** The node SPI: what a node is, what it is given and what it answers. */
@NullMarked
package dev.millrace.node;

import org.jspecify.annotations.NullMarked;
