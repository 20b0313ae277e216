@NullMarked
package dev.millrace.expression.runtime;

import org.jspecify.annotations.NullMarked;
