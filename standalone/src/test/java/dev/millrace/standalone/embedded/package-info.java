/** The real servers that the one-process mode brings with it. */
@NullMarked
package dev.millrace.standalone.embedded;

import org.jspecify.annotations.NullMarked;
