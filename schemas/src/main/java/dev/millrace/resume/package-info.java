/** The URLs by which an execution that waits is called, and how they are known to be genuine. */
@NullMarked
package dev.millrace.resume;

import org.jspecify.annotations.NullMarked;
