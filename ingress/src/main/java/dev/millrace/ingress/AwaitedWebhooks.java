package dev.millrace.ingress;

import dev.millrace.item.Item;
import dev.millrace.node.AwaitedCall;
import dev.millrace.serde.ItemRecords;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes of the call that an execution waits for a webhook that serves it. Thread-safe. */
final class AwaitedWebhooks {
  /** A body of any kind is kept, as newer Webhook nodes do. */
  private static final double BODY_VERSION = 2;

  private final WebhookExpressions expressions;

  AwaitedWebhooks(WebhookExpressions expressions) {
    this.expressions = expressions;
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_WORKFLOW} when it cannot be served
   */
  Webhook of(AwaitedCall awaited) {
    Map<String, @Nullable Object> raw = new LinkedHashMap<>();
    raw.put("name", awaited.node());
    raw.put("type", "n8n-nodes-base.wait");
    raw.put("typeVersion", 1.0);
    raw.put("parameters", Map.of());
    raw.put("credentials", awaited.credentials());
    WorkflowDocument document =
        WorkflowDocument.of(Map.of("nodes", List.of(raw), "connections", Map.of()));
    WorkflowNode node = document.nodes().getFirst();
    // They are evaluated: what looks like an expression in them came from somebody's data.
    WebhookParameters parameters =
        new WebhookParameters(awaited.node(), awaited.parameters(), template -> template);
    WebhookParameters options = parameters.child("options");
    Webhook.Response response = WebhookResponses.of(node, parameters, options);
    return new Webhook(
        awaited.workflowId(),
        0,
        awaited.node(),
        BODY_VERSION,
        methods(awaited, parameters),
        false,
        awaited.suffix(),
        false,
        Webhook.authentication(node, parameters.raw("incomingAuthentication")),
        answering(awaited, response, document, node),
        new Webhook.Options(
            List.of("*"),
            options.flag("ignoreBots"),
            Webhook.list(options, "ipWhitelist", ""),
            options.flag("rawBody"),
            false,
            options.has("binaryPropertyName") ? options.text("binaryPropertyName", "data") : null));
  }

  private static List<String> methods(AwaitedCall awaited, WebhookParameters parameters) {
    return awaited.kind() == AwaitedCall.Kind.FORM
        ? List.of("GET", "HEAD", "POST")
        : List.of(parameters.text("httpMethod", "GET").toUpperCase(Locale.ROOT));
  }

  private Webhook.Answering answering(
      AwaitedCall awaited,
      Webhook.Response response,
      WorkflowDocument document,
      WorkflowNode node) {
    String condition = awaited.condition();
    if (condition == null || !condition.startsWith("=")) {
      boolean runs = condition == null || Webhook.holds(condition);
      return (executionId, item) -> new Webhook.Decision(runs, response);
    }
    return (executionId, item) -> {
      Item call = Item.ofBytes(ItemRecords.bytes(item.getJson()), Map.of(), null, null);
      return expressions.evaluating(() ->
          new Webhook.Decision(
              Webhook.holds(expressions.of(document, node, executionId, call).apply(condition)),
              response));
    };
  }
}
