/**
 * The API below {@code /api/v1}, in the shapes of n8n's public API, so that what was made for that
 * works here. It holds no rules of its own: it translates to the services and back.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.control.publicapi;
