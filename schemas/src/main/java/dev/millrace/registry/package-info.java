/** The schema registry: ids of schemas, by the Confluent protocol or in a topic of our own. */
@NullMarked
package dev.millrace.registry;

import org.jspecify.annotations.NullMarked;
