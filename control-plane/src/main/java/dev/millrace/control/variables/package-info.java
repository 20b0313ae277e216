/** Values that expressions read as {@code $vars}: of a project, or of the installation. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.variables;
