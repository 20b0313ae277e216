/** What tests of the control plane need to have a database. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.db;
