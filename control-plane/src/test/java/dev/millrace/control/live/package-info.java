@org.jspecify.annotations.NullMarked
package dev.millrace.control.live;
