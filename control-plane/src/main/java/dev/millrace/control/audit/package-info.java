/** The record of who changed or saw what. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.audit;
