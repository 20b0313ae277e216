/** The node kinds that recorded behaviour needs and no workflow of a user has. */
@NullMarked
package dev.millrace.standalone.conformance.nodes;

import org.jspecify.annotations.NullMarked;
