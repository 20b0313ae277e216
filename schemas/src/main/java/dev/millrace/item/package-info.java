/** Items: what flows between nodes. */
@NullMarked
package dev.millrace.item;

import org.jspecify.annotations.NullMarked;
