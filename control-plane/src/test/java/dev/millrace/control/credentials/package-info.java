/** Tests of credentials, over HTTP and on a real PostgreSQL. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.credentials;
