/** Credentials: who may use them, how they are connected, and how nodes get them. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.credentials;
