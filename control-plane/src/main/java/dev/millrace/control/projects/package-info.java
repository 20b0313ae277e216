/** Projects and who belongs to them. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.projects;
