/**
 * The one way out: every node that speaks HTTP does it through {@link
 * dev.millrace.http.OutgoingHttp}, which keeps calls away from addresses that are not public.
 */
@NullMarked
package dev.millrace.http;

import org.jspecify.annotations.NullMarked;
