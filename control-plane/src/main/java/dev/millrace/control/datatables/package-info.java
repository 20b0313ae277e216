/** Tables of data with typed columns, which belong to projects. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.datatables;
