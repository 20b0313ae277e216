/** The expression engine: templates, JavaScript, the variables that they see, and the sandbox. */
@NullMarked
package dev.millrace.expression;

import org.jspecify.annotations.NullMarked;
