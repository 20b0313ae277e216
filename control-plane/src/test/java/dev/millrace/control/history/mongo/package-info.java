/** Tests of the history in what stands for MongoDB. */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.history.mongo;
