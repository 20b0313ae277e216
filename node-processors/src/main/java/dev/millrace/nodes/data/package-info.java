/** Nodes that turn one form of data into another: hashes, tokens, XML, HTML, Markdown. */
@NullMarked
package dev.millrace.nodes.data;

import org.jspecify.annotations.NullMarked;
