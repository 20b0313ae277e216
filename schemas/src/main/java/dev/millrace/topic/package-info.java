/** The topics: their names, keys and settings. */
@NullMarked
package dev.millrace.topic;

import org.jspecify.annotations.NullMarked;
