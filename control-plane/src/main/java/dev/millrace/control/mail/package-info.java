/** Mail that the control plane sends. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.mail;
