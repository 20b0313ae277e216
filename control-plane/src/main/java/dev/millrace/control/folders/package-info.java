/** Folders in which the workflows of a project lie. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.folders;
