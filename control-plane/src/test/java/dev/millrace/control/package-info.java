/** Tests of the whole control plane over HTTP. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control;
