/** The control plane: who may do what, what is defined, what runs now and what ran before. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control;
