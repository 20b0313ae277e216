/** Looks for what puts an installation at risk. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.securityaudit;
