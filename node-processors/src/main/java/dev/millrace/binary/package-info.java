/** Where files are: those of items in their store, and those of the machine in allowed folders. */
@NullMarked
package dev.millrace.binary;

import org.jspecify.annotations.NullMarked;
