/** A client of REST APIs, Millrace's and n8n's, and what is sent and read by it. */
@org.jspecify.annotations.NullMarked
package dev.millrace.cli.api;
