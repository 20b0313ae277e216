@NullMarked
package dev.millrace.workflow;

import org.jspecify.annotations.NullMarked;
