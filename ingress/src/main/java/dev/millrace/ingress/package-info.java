/**
 * The way in from HTTP: a webhook request becomes a command, and the reply of its execution becomes
 * the response.
 *
 * <p>A request passes these classes in this order: {@link dev.millrace.ingress.WebhookHandler}
 * finds its {@link dev.millrace.ingress.Webhook} in the {@link dev.millrace.ingress.WebhookRoutes},
 * {@link dev.millrace.ingress.WebhookGuard} decides whether the caller may, {@link
 * dev.millrace.ingress.RequestReader} turns the request into an item, a {@link
 * dev.millrace.ingress.CommandSender} sends it, the {@link dev.millrace.ingress.ReplyRouter} waits
 * for the reply, and {@link dev.millrace.ingress.WebhookAnswers} makes the response of it.
 */
@NullMarked
package dev.millrace.ingress;

import org.jspecify.annotations.NullMarked;
