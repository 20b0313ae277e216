/** When scheduled triggers fire: rules and their slots. Pure. */
@NullMarked
package dev.millrace.schedule;

import org.jspecify.annotations.NullMarked;
