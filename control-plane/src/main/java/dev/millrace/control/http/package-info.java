/**
 * The API over HTTP: endpoints that say what they need, callers that say who they are, and errors
 * as problem documents.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.http;
