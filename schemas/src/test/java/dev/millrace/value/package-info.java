@NullMarked
package dev.millrace.value;

import org.jspecify.annotations.NullMarked;
