package dev.millrace.nodes.trigger;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;
import dev.millrace.node.TriggerNode;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Webhook: starts an execution for an HTTP request. The ingress serves the request by this spec's
 * parameters; here its items only pass through, to the output of the request's method.
 */
public final class Webhook implements TriggerNode {
  /** Key of the node's context that names the output when the node serves several methods. */
  public static final String OUTPUT = "output";

  private static final Object[] VERSIONS_1_X = {1, 1.1};

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.webhook")
          .named("Webhook", "Starts the workflow when an HTTP request arrives.")
          .group("trigger")
          .versions(1, 1.1, 2, 2.1)
          .ports((WorkflowNode node, Map<String, @Nullable Object> parameters) ->
              Ports.of(0, methods(parameters)))
          .credentials("httpBasicAuth", "httpHeaderAuth", "jwtAuth")
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    int outputs = methods(call.rawParameter("httpMethod"));
    int output = call.context().get(OUTPUT) instanceof Number index ? index.intValue() : 0;
    if (outputs == 1 || output < 0 || output >= outputs) {
      return NodeOutput.of(call.input());
    }
    List<@Nullable List<Item>> items = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      items.add(i == output ? call.input() : List.of());
    }
    return NodeOutput.ofOutputs(items);
  }

  private static int methods(Map<String, @Nullable Object> parameters) {
    return methods(parameters.get("httpMethod"));
  }

  private static int methods(@Nullable Object httpMethod) {
    return httpMethod instanceof List<?> list && !list.isEmpty() ? list.size() : 1;
  }

  private static Property.Option[] httpMethods() {
    return new Property.Option[] {
      Property.option("DELETE", "DELETE"),
      Property.option("GET", "GET"),
      Property.option("HEAD", "HEAD"),
      Property.option("PATCH", "PATCH"),
      Property.option("POST", "POST"),
      Property.option("PUT", "PUT")
    };
  }

  private static List<Property> properties() {
    return List.of(
        Property.bool("multipleMethods", "Allow Multiple HTTP Methods", false)
            .withExtra("isNodeSetting", true),
        Property.options("httpMethod", "HTTP Method", "GET", httpMethods())
            .showWhen("multipleMethods", false),
        Property.of("multiOptions", "httpMethod", "HTTP Methods", List.of("GET", "POST"))
            .withOptions(List.of(httpMethods()))
            .showWhen("multipleMethods", true),
        Property.string("path", "Path", ""),
        Property.options(
                "authentication",
                "Authentication",
                "none",
                Property.option("Basic Auth", "basicAuth"),
                Property.option("Header Auth", "headerAuth"),
                Property.option("JWT Auth", "jwtAuth"),
                Property.option("n8n User Auth (OAuth2)", "n8nOAuth2"),
                Property.option("None", "none"))
            .withExtra("noExpression", true),
        Property.bool("requireExecuteAccess", "Require Workflow Execute Permission", true)
            .showWhen("authentication", "n8nOAuth2"),
        Property.options(
            "responseMode",
            "Respond",
            "onReceived",
            Property.option("Immediately", "onReceived"),
            Property.option("When Last Node Finishes", "lastNode"),
            Property.option("Using 'Respond to Webhook' Node", "responseNode"),
            Property.option("Streaming", "streaming")),
        Property.number("responseCode", "Response Code", 200)
            .withTypeOption("minValue", 100)
            .withTypeOption("maxValue", 599)
            .showWhen("@version", VERSIONS_1_X)
            .hideWhen("responseMode", "responseNode"),
        Property.options(
                "responseData",
                "Response Data",
                "firstEntryJson",
                Property.option("All Entries", "allEntries"),
                Property.option("First Entry JSON", "firstEntryJson"),
                Property.option("First Entry Binary", "firstEntryBinary"),
                Property.option("No Response Body", "noData"))
            .showWhen("responseMode", "lastNode"),
        Property.string("responseBinaryPropertyName", "Property Name", "data")
            .asRequired()
            .showWhen("responseData", "firstEntryBinary"),
        options());
  }

  private static Property options() {
    return Property.collection(
        "options",
        "Options",
        Property.string("allowedOrigins", "Allowed Origins (CORS)", "*"),
        Property.bool("binaryData", "Binary File", false).showWhen("@version", 1),
        Property.string("binaryPropertyName", "Field Name for Binary Data", "data"),
        Property.bool("ignoreBots", "Ignore Bots", false),
        Property.string("ipWhitelist", "IP(s) Allowlist", ""),
        Property.bool("noResponseBody", "No Response Body", false)
            .showWhen("/responseMode", "onReceived")
            .hideWhen("rawBody", true),
        Property.string("onlyRunIf", "Only Run If", ""),
        Property.string("responsePropertyName", "Property Name", "data")
            .showWhen("/responseData", "firstEntryJson")
            .showWhen("/responseMode", "lastNode"),
        Property.bool("rawBody", "Raw Body", false).hideWhen("noResponseBody", true),
        Property.fixedCollection(
                "responseCode",
                "Response Code",
                Property.group(
                    "values",
                    "Values",
                    Property.options(
                        "responseCode",
                        "Response Code",
                        200.0,
                        Property.option("200", 200),
                        Property.option("201", 201),
                        Property.option("204", 204),
                        Property.option("301", 301),
                        Property.option("302", 302),
                        Property.option("304", 304),
                        Property.option("400", 400),
                        Property.option("401", 401),
                        Property.option("403", 403),
                        Property.option("404", 404),
                        Property.option("Custom Code", "customCode")),
                    Property.number("customCode", "Code", 200)
                        .showWhen("responseCode", "customCode")
                        .withTypeOption("minValue", 100)))
            .withDefault(Map.of("values", Map.of("responseCode", 200.0)))
            .hideWhen("/responseMode", "responseNode")
            .hideWhen("@version", VERSIONS_1_X),
        Property.string("responseContentType", "Response Content-Type", "")
            .showWhen("/responseData", "firstEntryJson")
            .showWhen("/responseMode", "lastNode"),
        Property.string("responseData", "Response Data", "")
            .showWhen("/responseMode", "onReceived")
            .hideWhen("noResponseBody", true),
        Property.fixedCollection(
                "responseHeaders",
                "Response Headers",
                Property.group(
                    "entries",
                    "Entries",
                    Property.string("name", "Name", ""),
                    Property.string("value", "Value", "")))
            .withTypeOption("multipleValues", true));
  }
}
