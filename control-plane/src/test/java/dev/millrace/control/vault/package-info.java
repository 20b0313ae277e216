/** Tests of keys, ciphers and stores of secrets. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.vault;
