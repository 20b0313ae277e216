/** The workflow document: n8n JSON in, n8n JSON out, nothing lost. */
@NullMarked
package dev.millrace.workflow;

import org.jspecify.annotations.NullMarked;
