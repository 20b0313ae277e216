@NullMarked
package dev.millrace.expression;

import org.jspecify.annotations.NullMarked;
