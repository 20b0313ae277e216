/** Who somebody is, and what he may do where. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.access;
