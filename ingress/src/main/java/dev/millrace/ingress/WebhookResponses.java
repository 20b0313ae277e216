package dev.millrace.ingress;

import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads how a webhook answers from its parameters. */
final class WebhookResponses {
  private WebhookResponses() {}

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_WORKFLOW} when it cannot be served
   */
  static Webhook.Response of(
      WorkflowNode node, WebhookParameters parameters, WebhookParameters options) {
    Webhook.Mode mode = mode(parameters);
    return new Webhook.Response(
        mode,
        data(parameters),
        mode == Webhook.Mode.RESPONSE_NODE ? 200 : status(node, parameters, options),
        headers(options),
        options.text("responseData", ""),
        options.flag("noResponseBody") && !options.flag("rawBody"),
        options.text("responsePropertyName", ""),
        parameters.text("responseBinaryPropertyName", "data"),
        options.text("responseContentType", ""));
  }

  private static Webhook.Mode mode(WebhookParameters parameters) {
    String mode = parameters.text("responseMode", "onReceived");
    return switch (mode) {
      case "onReceived" -> Webhook.Mode.ON_RECEIVED;
      case "lastNode" -> Webhook.Mode.LAST_NODE;
      case "responseNode" -> Webhook.Mode.RESPONSE_NODE;
      default ->
          throw Webhook.invalid(
              parameters.node(), "response mode \"" + mode + "\" is not supported");
    };
  }

  private static Webhook.Data data(WebhookParameters parameters) {
    return switch (parameters.text("responseData", "firstEntryJson")) {
      case "firstEntryBinary" -> Webhook.Data.FIRST_ENTRY_BINARY;
      case "allEntries" -> Webhook.Data.ALL_ENTRIES;
      case "noData" -> Webhook.Data.NO_DATA;
      default -> Webhook.Data.FIRST_ENTRY_JSON;
    };
  }

  private static Map<String, String> headers(WebhookParameters options) {
    Map<String, String> headers = new LinkedHashMap<>();
    if (options.child("responseHeaders").raw("entries") instanceof List<?> entries) {
      for (Object entry : entries) {
        WebhookParameters pair = options.below(entry);
        String name = pair.text("name", "").strip().toLowerCase(Locale.ROOT);
        if (!name.isEmpty()) {
          headers.put(name, pair.text("value", ""));
        }
      }
    }
    return Map.copyOf(headers);
  }

  /** Before version 2 the code lies beside the options, since then among them. */
  private static int status(
      WorkflowNode node, WebhookParameters parameters, WebhookParameters options) {
    if (node.typeVersion() < 2) {
      return status(node, parameters.raw("responseCode"));
    }
    WebhookParameters code = options.child("responseCode").child("values");
    Object chosen = code.raw("responseCode");
    return status(node, "customCode".equals(chosen) ? code.raw("customCode") : chosen);
  }

  private static int status(WorkflowNode node, @Nullable Object value) {
    if (Undefined.orNull(value)) {
      return 200;
    }
    double status = Coercion.toNumber(value);
    if (status != (int) status || status < 200 || status > 599) {
      throw Webhook.invalid(node.name(), "\"" + Coercion.toText(value) + "\" is no response code");
    }
    return (int) status;
  }
}
