package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpCall;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.nodes.http.ResponseOptions.Format;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** GraphQL: one query for each item. An answer that lists errors fails its item. */
public final class GraphQl implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.graphql")
          .named("GraphQL", "Sends a GraphQL query and gives its answer as items.")
          .group("input")
          .versions(1, 1.1)
          .properties(properties())
          .credentials(
              "httpBasicAuth",
              "httpCustomAuth",
              "httpDigestAuth",
              "httpHeaderAuth",
              "httpQueryAuth",
              "oAuth1Api",
              "oAuth2Api")
          .build();

  private final NodeServices services;

  public GraphQl(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws Exception {
    AnswerReader reader =
        new AnswerReader(services.http(), services.binaries(), call.execution().executionId());
    RequestInput input = new RequestInput(call, context, services.binaries());
    RequestAuthentication authentication =
        new RequestAuthentication(call, services.credentials(), services.http());
    List<Item> items = new ArrayList<>();
    for (int item = 0; item < call.input().size(); item++) {
      try {
        RequestDraft request = request(call, input, authentication, item);
        Answer answer =
            reader.fetch(
                request.call(input.boundary()),
                request.oAuth2,
                new ResponseOptions(Format.TEXT, "data", false, Set.of(), false, "String"),
                item);
        items.add(item(call, ((Answer.TextBody) answer.body()).text(), item));
      } catch (MillraceException failed) {
        if (!call.continueOnFail()) {
          throw HttpFailures.ofItem(failed, item);
        }
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("error", failed.text());
        items.add(Item.of(error).withPairing(Pairing.to(item)));
      }
    }
    return NodeOutput.of(items);
  }

  private static RequestDraft request(
      NodeCall call, RequestInput input, RequestAuthentication authentication, int item) {
    String method = call.string("requestMethod", item, "POST");
    RequestDraft request = new RequestDraft(method, call.string("endpoint", item, ""));
    input.headers(request, input.pairs("headerParametersUi.parameter", item), false);
    request.headerUnlessSet("accept", "application/json");
    boolean raw = call.string("requestFormat", item, "json").equals("graphql");
    String query = call.string("query", item, "");
    if (method.equals("GET")) {
      request.query.put("query", query);
    } else if (raw) {
      request.content =
          new RequestContent.RawContent(HttpBody.of("application/graphql", query), query);
    } else {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("query", query);
      body.put("variables", variables(call, item));
      String operation = call.string("operationName", item, "");
      body.put("operationName", operation.isEmpty() ? null : operation);
      request.content = new RequestContent.JsonContent(body);
    }
    String type = credentialType(call, item);
    if (type != null) {
      authentication.apply(type, request);
    }
    request.options =
        HttpCall.Options.DEFAULT
            .withTimeout(input.timeout(-1, Duration.ofMinutes(5)))
            .withAnyCertificate(call.bool("allowUnauthorizedCerts", item, false));
    input.idempotencyKey(request, item);
    return request;
  }

  private static @Nullable Object variables(NodeCall call, int item) {
    Object variables = call.parameter("variables", item);
    return switch (variables) {
      case Map<?, ?> object -> object;
      case List<?> list -> list;
      case String text when text.isBlank() -> Map.of();
      case String text -> {
        try {
          yield Json.parse(text);
        } catch (MillraceException invalid) {
          throw new NodeException(
              "Using variables failed:\n" + text + "\n\nWith error message:\n" + invalid.text(),
              item);
        }
      }
      case null, default -> {
        if (Undefined.orNull(variables)) {
          yield Map.of();
        }
        throw new NodeException(
            "Using variables failed:\n"
                + Coercion.toText(variables)
                + "\n\nGraphQL variables should be either an object or a string.",
            item);
      }
    };
  }

  private static @Nullable String credentialType(NodeCall call, int item) {
    return switch (call.string("authentication", item, "none")) {
      case "predefinedCredentialType" -> call.string("nodeCredentialType", item, "");
      case "basicAuth" -> "httpBasicAuth";
      case "customAuth" -> "httpCustomAuth";
      case "digestAuth" -> "httpDigestAuth";
      case "headerAuth" -> "httpHeaderAuth";
      case "queryAuth" -> "httpQueryAuth";
      case "oAuth1" -> "oAuth1Api";
      case "oAuth2" -> "oAuth2Api";
      default -> null;
    };
  }

  @SuppressWarnings("unchecked")
  private static Item item(NodeCall call, String text, int item) {
    Pairing pairing = Pairing.to(item);
    if (call.string("responseFormat", item, "json").equals("string")) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put(call.string("dataPropertyName", item, "data"), text);
      return Item.of(json).withPairing(pairing);
    }
    Object answer;
    try {
      answer = Json.parse(text);
    } catch (MillraceException invalid) {
      answer = null;
    }
    if (!(answer instanceof Map<?, ?> object)) {
      throw new NodeException(
          ErrorCode.UNREADABLE_RESPONSE,
          "Response body is not valid JSON. Change \"Response Format\" to \"String\"",
          item,
          null,
          Map.of(),
          null);
    }
    if (object.get("errors") instanceof List<?> errors && !errors.isEmpty()) {
      throw new NodeException(
          ErrorCode.SERVICE_ERROR,
          errors.stream().map(GraphQl::message).collect(Collectors.joining(", ")),
          item,
          null,
          Map.of("errors", errors),
          null);
    }
    return Item.of((Map<String, @Nullable Object>) object).withPairing(pairing);
  }

  private static String message(@Nullable Object error) {
    return error instanceof Map<?, ?> object && object.get("message") instanceof String message
        ? message
        : Json.text(error);
  }

  private static List<Property> properties() {
    return List.of(
        Property.options(
                "authentication",
                "Authentication",
                "none",
                Property.option("Predefined Credential Type", "predefinedCredentialType"),
                Property.option("Basic Auth", "basicAuth"),
                Property.option("Custom Auth", "customAuth"),
                Property.option("Digest Auth", "digestAuth"),
                Property.option("Header Auth", "headerAuth"),
                Property.option("None", "none"),
                Property.option("OAuth1", "oAuth1"),
                Property.option("OAuth2", "oAuth2"),
                Property.option("Query Auth", "queryAuth"))
            .withExtra("noExpression", true),
        Property.of("credentialsSelect", "nodeCredentialType", "Credential Type", "")
            .asRequired()
            .withExtra("noExpression", true)
            .showWhen("authentication", "predefinedCredentialType"),
        Property.options(
            "requestMethod",
            "HTTP Request Method",
            "POST",
            Property.option("GET", "GET"),
            Property.option("POST", "POST")),
        Property.string("endpoint", "Endpoint", "").asRequired(),
        Property.bool("allowUnauthorizedCerts", "Ignore SSL Issues (Insecure)", false),
        Property.options(
                "requestFormat",
                "Request Format",
                "json",
                Property.option("JSON (Recommended)", "json"),
                Property.option("GraphQL (Raw)", "graphql"))
            .asRequired()
            .showWhen("requestMethod", "POST")
            .hideWhen("@version", 1),
        // Version 1 began with the other form.
        Property.options(
                "requestFormat",
                "Request Format",
                "graphql",
                Property.option("GraphQL (Raw)", "graphql"),
                Property.option("JSON", "json"))
            .asRequired()
            .showWhen("requestMethod", "POST")
            .showWhen("@version", 1),
        Property.string("query", "Query", "").asRequired().withTypeOption("rows", 6),
        Property.of("json", "variables", "Variables", "")
            .showWhen("requestFormat", "json")
            .showWhen("requestMethod", "POST"),
        Property.string("operationName", "Operation Name", "")
            .showWhen("requestFormat", "json")
            .showWhen("requestMethod", "POST"),
        Property.options(
            "responseFormat",
            "Response Format",
            "json",
            Property.option("JSON", "json"),
            Property.option("String", "string")),
        Property.string("dataPropertyName", "Response Data Property Name", "data")
            .asRequired()
            .showWhen("responseFormat", "string"),
        Property.fixedCollection(
                "headerParametersUi",
                "Headers",
                Property.group(
                    "parameter",
                    "Header",
                    Property.string("name", "Name", ""),
                    Property.string("value", "Value", "")))
            .withTypeOption("multipleValues", true));
  }
}
