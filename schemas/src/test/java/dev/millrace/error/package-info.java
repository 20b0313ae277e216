@NullMarked
package dev.millrace.error;

import org.jspecify.annotations.NullMarked;
