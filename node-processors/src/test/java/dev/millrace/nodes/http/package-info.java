@NullMarked
package dev.millrace.nodes.http;

import org.jspecify.annotations.NullMarked;
