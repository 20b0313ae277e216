/** Accounts, sessions and API keys: how somebody proves who he is. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.users;
