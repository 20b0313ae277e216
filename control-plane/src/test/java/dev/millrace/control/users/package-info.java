/** Tests of accounts and what they are kept in. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.users;
