@NullMarked
package dev.millrace.item;

import org.jspecify.annotations.NullMarked;
