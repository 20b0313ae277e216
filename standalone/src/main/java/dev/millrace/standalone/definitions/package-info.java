/** Publishing workflows: from files to the definitions topic. */
@NullMarked
package dev.millrace.standalone.definitions;

import org.jspecify.annotations.NullMarked;
