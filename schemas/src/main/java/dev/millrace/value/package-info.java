/** The value model: what an item's JSON and an expression's result are in Java. */
@NullMarked
package dev.millrace.value;

import org.jspecify.annotations.NullMarked;
