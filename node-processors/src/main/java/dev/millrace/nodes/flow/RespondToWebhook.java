package dev.millrace.nodes.flow;

import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.node.WebhookResponse;
import dev.millrace.nodes.TokenKey;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.Connection;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Respond to Webhook: answers the HTTP request that started the execution, which then goes on. Its
 * items pass through. Only the first answer of an execution reaches the caller.
 */
public final class RespondToWebhook implements FlowNode {
  private static final Set<String> WAITING_CALLERS =
      Set.of(
          "n8n-nodes-base.webhook",
          "n8n-nodes-base.formTrigger",
          "n8n-nodes-base.wait",
          "@n8n/n8n-nodes-langchain.chatTrigger");

  private static final String JWT_CREDENTIAL = "jwtAuth";

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.respondToWebhook")
          .named("Respond to Webhook", "Answers the HTTP request that started the workflow.")
          .group("transform")
          .versions(1, 1.1, 1.2, 1.3, 1.4, 1.5)
          .ports((WorkflowNode node, Map<String, @Nullable Object> parameters) ->
              Ports.of(1, hasResponseOutput(node, parameters) ? 2 : 1))
          .credentials(JWT_CREDENTIAL)
          .properties(properties())
          .build();

  private final NodeCredentials credentials;

  public RespondToWebhook(NodeServices services) {
    this.credentials = services.credentials();
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    try {
      Answer answer = answer(call);
      List<@Nullable List<Item>> outputs = new ArrayList<>();
      outputs.add(call.input());
      Object enabled = call.parameter("enableResponseOutput", 0);
      if (hasResponseOutput(call.node().typeVersion(), Boolean.TRUE.equals(enabled))) {
        outputs.add(List.of(Item.of(Map.of("response", answer.described()))));
      }
      return NodeOutput.ofOutputs(outputs).withResponse(answer.response());
    } catch (MillraceException failed) {
      if (!call.continueOnFail()) {
        throw failed;
      }
      List<PairedItem> all = new ArrayList<>();
      for (int i = 0; i < call.input().size(); i++) {
        all.add(PairedItem.of(i));
      }
      return NodeOutput.of(
          List.of(Item.of(Map.of("error", failed.text())).withPairing(Pairing.to(all))));
    }
  }

  /**
   * An answer on its way out.
   *
   * @param headers those that the workflow set
   * @param contentType of the bytes, unless the workflow set another; empty for none
   * @param body value that a workflow sees, {@code UNDEFINED} for none
   * @param file what is sent in place of the bytes, where it lies in the store
   */
  private record Answer(
      int status,
      Map<String, String> headers,
      String contentType,
      @Nullable Object body,
      byte[] bytes,
      @Nullable BinaryData file) {
    Answer(
        int status,
        Map<String, String> headers,
        String contentType,
        @Nullable Object body,
        byte[] bytes) {
      this(status, headers, contentType, body, bytes, null);
    }

    WebhookResponse response() {
      if (contentType.isEmpty() || headers.containsKey("content-type")) {
        return new WebhookResponse(status, headers, bytes, file);
      }
      Map<String, String> all = new LinkedHashMap<>(headers);
      all.put("content-type", contentType);
      return new WebhookResponse(status, all, bytes, file);
    }

    Map<String, @Nullable Object> described() {
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      if (body != Undefined.UNDEFINED) {
        form.put("body", body);
      }
      form.put("headers", headers);
      form.put("statusCode", (double) status);
      return form;
    }
  }

  private Answer answer(NodeCall call) {
    requireWebhook(call);
    Map<String, @Nullable Object> options = call.object("options", 0);
    Map<String, String> headers = headers(options);
    String respondWith = call.string("respondWith", 0, "firstIncomingItem");
    int status = status(options, respondWith.equals("redirect") ? 307 : 200);
    return switch (respondWith) {
      case "json" -> ofJson(status, headers, json(call, "responseBody", "Response Body"));
      case "text" -> {
        String text = call.string("responseBody", 0, "");
        yield new Answer(
            status,
            headers,
            "text/html; charset=utf-8",
            text,
            text.getBytes(StandardCharsets.UTF_8));
      }
      case "allIncomingItems" ->
          ofJson(status, headers, keyed(options, call.input().stream().map(Item::json).toList()));
      case "firstIncomingItem" ->
          ofJson(
              status,
              headers,
              keyed(options, call.input().isEmpty() ? Map.of() : call.input().getFirst().json()));
      case "binary" -> ofFile(status, headers, file(call));
      case "redirect" -> {
        headers.put("location", call.string("redirectURL", 0, ""));
        yield new Answer(status, headers, "", Undefined.UNDEFINED, new byte[0]);
      }
      case "noData" -> new Answer(status, headers, "", Undefined.UNDEFINED, new byte[0]);
      case "jwt" ->
          ofJson(
              status,
              headers,
              Map.of("token", new TokenKey(key(call)).sign(claims(call), call.now().toInstant())));
      default ->
          throw new NodeException(
              "The Response Data option \"" + respondWith + "\" is not supported!");
    };
  }

  private static void requireWebhook(NodeCall call) {
    if (call.node().typeVersion() >= 1.1
        && !hasWebhookBefore(call.execution().workflow(), call.node().name())) {
      throw new NodeException(
          dev.millrace.error.ErrorCode.NODE_FAILED,
          "No Webhook node found in the workflow",
          -1,
          "Put a Webhook before this node and let it respond by means of a node.",
          Map.of(),
          null);
    }
  }

  private static boolean hasWebhookBefore(WorkflowDocument workflow, String node) {
    Set<String> seen = new HashSet<>(Set.of(node));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String target = open.remove();
      for (Connection connection : workflow.connections()) {
        if (connection.to().equals(target) && seen.add(connection.from())) {
          String type = workflow.node(connection.from()).map(WorkflowNode::type).orElse("");
          if (WAITING_CALLERS.contains(type)) {
            return true;
          }
          open.add(connection.from());
        }
      }
    }
    return false;
  }

  private Map<String, @Nullable Object> key(NodeCall call) {
    return credentials
        .of(call.execution().workflow())
        .find(call.node(), JWT_CREDENTIAL)
        .orElseThrow(() ->
            new NodeException(
                "The token cannot be signed: the node's credential of type "
                    + JWT_CREDENTIAL
                    + " is not set up."));
  }

  private static Map<?, ?> claims(NodeCall call) {
    if (json(call, "payload", "Payload") instanceof Map<?, ?> claims) {
      return claims;
    }
    throw new NodeException("The 'Payload' field must hold a JSON object.", 0);
  }

  private static @Nullable Object json(NodeCall call, String parameter, String field) {
    Object value = call.parameter(parameter, 0);
    if (!(value instanceof String text)) {
      return value;
    }
    try {
      return Json.parse(text);
    } catch (MillraceException notJson) {
      throw new NodeException(
          notJson.code(),
          "Invalid JSON in '" + field + "' field",
          0,
          "It must be valid JSON: " + notJson.text(),
          Map.of(),
          notJson);
    }
  }

  private static Answer ofJson(int status, Map<String, String> headers, @Nullable Object body) {
    return new Answer(status, headers, "application/json; charset=utf-8", body, Json.write(body));
  }

  private static Answer ofFile(int status, Map<String, String> headers, BinaryData file) {
    Map<String, @Nullable Object> described = new LinkedHashMap<>(file.toJson());
    described.remove("data");
    return file.id() == null
        ? new Answer(status, headers, file.mimeType(), described, bytes(file))
        : new Answer(status, headers, file.mimeType(), described, new byte[0], file);
  }

  private static byte[] bytes(BinaryData file) {
    try {
      return Base64.getMimeDecoder().decode(file.data());
    } catch (IllegalArgumentException notBase64) {
      throw new NodeException("The file's data is not valid Base64.", 0);
    }
  }

  private static BinaryData file(NodeCall call) {
    Map<String, BinaryData> files =
        call.input().isEmpty() ? Map.of() : call.input().getFirst().binary();
    if (files.isEmpty()) {
      throw new NodeException("No binary data exists on the first item!", 0);
    }
    if (!call.string("responseDataSource", 0, "automatically").equals("set")) {
      return files.values().iterator().next();
    }
    String field = call.string("inputFieldName", 0, "data");
    BinaryData file = files.get(field);
    if (file == null) {
      throw new NodeException("The first item has no binary field '" + field + "'.", 0);
    }
    return file;
  }

  private static @Nullable Object keyed(
      Map<String, @Nullable Object> options, @Nullable Object body) {
    if (!(options.get("responseKey") instanceof String key) || key.isEmpty()) {
      return body;
    }
    Map<String, @Nullable Object> keyed = new LinkedHashMap<>();
    PropertyPath.set(keyed, key, body);
    return keyed;
  }

  private static int status(Map<String, @Nullable Object> options, int fallback) {
    Object given = options.get("responseCode");
    if (Undefined.orNull(given)) {
      return fallback;
    }
    double code = Coercion.toNumber(given);
    if (!(code >= 100 && code <= 599)) {
      throw new NodeException(
          "The response code must be a number from 100 to 599, not " + Coercion.toText(given));
    }
    return (int) code;
  }

  private static Map<String, String> headers(Map<String, @Nullable Object> options) {
    Map<String, String> headers = new LinkedHashMap<>();
    if (options.get("responseHeaders") instanceof Map<?, ?> collection
        && collection.get("entries") instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> header && header.get("name") instanceof String name) {
          Object value = header.get("value");
          String text = Undefined.orNull(value) ? "" : Coercion.toText(value);
          if (name.isBlank()) {
            continue;
          }
          if (hasLineBreak(name) || hasLineBreak(text)) {
            throw new NodeException("The response header '" + name.strip() + "' has a line break.");
          }
          headers.put(name.strip().toLowerCase(Locale.ROOT), text);
        }
      }
    }
    return headers;
  }

  private static boolean hasLineBreak(String text) {
    return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
  }

  private static boolean hasResponseOutput(
      WorkflowNode node, Map<String, @Nullable Object> parameters) {
    return hasResponseOutput(
        node.typeVersion(), Boolean.TRUE.equals(parameters.get("enableResponseOutput")));
  }

  private static boolean hasResponseOutput(double version, boolean enabled) {
    return version == 1.3 || (version >= 1.4 && enabled);
  }

  private static List<Property> properties() {
    return List.of(
        Property.bool("enableResponseOutput", "Enable Response Output Branch", false)
            .withExtra("isNodeSetting", true)
            .hideWhen("@version", 1, 1.1, 1.2, 1.3),
        Property.options(
                "respondWith",
                "Respond With",
                "firstIncomingItem",
                Property.option("All Incoming Items", "allIncomingItems"),
                Property.option("Binary File", "binary"),
                Property.option("First Incoming Item", "firstIncomingItem"),
                Property.option("JSON", "json"),
                Property.option("JWT Token", "jwt"),
                Property.option("No Data", "noData"),
                Property.option("Redirect", "redirect"),
                Property.option("Text", "text"))
            .withExtra("noExpression", true),
        Property.of("credentials", "credentials", "Credentials", "").showWhen("respondWith", "jwt"),
        Property.string("redirectURL", "Redirect URL", "")
            .asRequired()
            .showWhen("respondWith", "redirect")
            .withExtra("validateType", "url"),
        Property.of("json", "responseBody", "Response Body", "{\n  \"done\": true\n}")
            .showWhen("respondWith", "json")
            .withTypeOption("rows", 4),
        Property.of("json", "payload", "Payload", "{\n  \"sub\": \"user\"\n}")
            .showWhen("respondWith", "jwt")
            .withTypeOption("rows", 4)
            .withExtra("validateType", "object"),
        Property.string("responseBody", "Response Body", "")
            .showWhen("respondWith", "text")
            .withTypeOption("rows", 2),
        Property.options(
                "responseDataSource",
                "Response Data Source",
                "automatically",
                Property.option("Choose Automatically From Input", "automatically"),
                Property.option("Specify Myself", "set"))
            .showWhen("respondWith", "binary"),
        Property.string("inputFieldName", "Input Field Name", "data")
            .asRequired()
            .showWhen("respondWith", "binary")
            .showWhen("responseDataSource", "set"),
        Property.collection(
            "options",
            "Options",
            Property.number("responseCode", "Response Code", 200)
                .withTypeOption("minValue", 100)
                .withTypeOption("maxValue", 599),
            Property.fixedCollection(
                    "responseHeaders",
                    "Response Headers",
                    Property.group(
                        "entries",
                        "Entries",
                        Property.string("name", "Name", ""),
                        Property.string("value", "Value", "")))
                .withTypeOption("multipleValues", true),
            Property.string("responseKey", "Put Response in Field", "")
                .showWhen("/respondWith", "allIncomingItems", "firstIncomingItem"),
            Property.bool("enableStreaming", "Enable Streaming", true)
                .showWhen(
                    "/respondWith",
                    "allIncomingItems",
                    "firstIncomingItem",
                    "text",
                    "json",
                    "jwt")));
  }
}
