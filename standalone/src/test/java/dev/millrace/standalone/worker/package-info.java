@NullMarked
package dev.millrace.standalone.worker;

import org.jspecify.annotations.NullMarked;
