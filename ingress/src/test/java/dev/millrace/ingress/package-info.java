@NullMarked
package dev.millrace.ingress;

import org.jspecify.annotations.NullMarked;
