/** Brings what n8n has to Millrace: {@code ./millrace import-n8n}. */
@org.jspecify.annotations.NullMarked
package dev.millrace.cli.n8n;
