/** The PostgreSQL database of the control plane: connections and migrations. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.db;
