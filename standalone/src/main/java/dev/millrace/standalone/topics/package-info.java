/** Topics that commands read as a whole. */
@NullMarked
package dev.millrace.standalone.topics;

import org.jspecify.annotations.NullMarked;
