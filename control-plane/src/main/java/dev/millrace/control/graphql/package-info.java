/** Reading by GraphQL: the same endpoints, with the same rights, in one request. */
@NullMarked
package dev.millrace.control.graphql;

import org.jspecify.annotations.NullMarked;
