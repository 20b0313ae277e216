/** The history in MongoDB. */
@NullMarked
package dev.millrace.control.history.mongo;

import org.jspecify.annotations.NullMarked;
