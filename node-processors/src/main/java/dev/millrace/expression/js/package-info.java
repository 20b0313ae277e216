/**
 * JavaScript as text: the parser, its tree, and the printer that makes an expression safe to run.
 */
@NullMarked
package dev.millrace.expression.js;

import org.jspecify.annotations.NullMarked;
