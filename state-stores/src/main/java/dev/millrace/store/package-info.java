/** State stores: names, key layout, builders and the memory that RocksDB may use. */
@NullMarked
package dev.millrace.store;

import org.jspecify.annotations.NullMarked;
