/** Keys and ciphers that keep secrets, and the stores outside that hold some. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.vault;
