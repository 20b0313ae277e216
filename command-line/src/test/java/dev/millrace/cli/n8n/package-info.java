@org.jspecify.annotations.NullMarked
package dev.millrace.cli.n8n;
