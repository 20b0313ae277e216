/** Nodes that read, make and take apart files. Files of items are in the store, never in a node. */
@NullMarked
package dev.millrace.nodes.files;

import org.jspecify.annotations.NullMarked;
