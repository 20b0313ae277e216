package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A webhook node of an active workflow, ready to serve. Immutable.
 *
 * @param methods in the order of the node's outputs
 * @param methodOutputs whether each method has an output of its own
 * @param path without slashes around it; a dynamic one starts with the webhook's id
 * @param dynamic whether the path has {@code :param} segments
 */
record Webhook(
    String workflowId,
    int version,
    String node,
    double typeVersion,
    List<String> methods,
    boolean methodOutputs,
    String path,
    boolean dynamic,
    Authentication authentication,
    Response response,
    Options options) {

  static final String NODE_TYPE = "n8n-nodes-base.webhook";
  private static final Set<String> METHODS =
      Set.of("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT");

  /** How a caller proves that it may call. */
  sealed interface Authentication {
    /** Nobody has to. */
    record None() implements Authentication {}

    /** By what a credential says. */
    record ByCredential(Scheme scheme, CredentialStore.Key credential) implements Authentication {}

    /** The schemes, with the credential type of each. */
    enum Scheme {
      BASIC("httpBasicAuth"),
      HEADER("httpHeaderAuth"),
      JWT("jwtAuth");

      private final String credentialType;

      Scheme(String credentialType) {
        this.credentialType = credentialType;
      }

      String credentialType() {
        return credentialType;
      }
    }
  }

  /** When the caller is answered. */
  enum Mode {
    /** As soon as the command is safe. */
    ON_RECEIVED,
    /** With the result of the last node. */
    LAST_NODE,
    /** By a Respond to Webhook node. */
    RESPONSE_NODE
  }

  /** What of the last node is answered. */
  enum Data {
    FIRST_ENTRY_JSON,
    FIRST_ENTRY_BINARY,
    ALL_ENTRIES,
    NO_DATA
  }

  /**
   * How the caller is answered.
   *
   * @param text body of an immediate answer; empty for the standard one
   * @param noBody whether an immediate answer has no body
   * @param property path of the part of the first entry that is answered; empty for all of it
   * @param binaryProperty name of the file that is answered
   * @param contentType in place of the standard one; empty for that
   */
  record Response(
      Mode mode,
      Data data,
      int status,
      Map<String, String> headers,
      String text,
      boolean noBody,
      String property,
      String binaryProperty,
      String contentType) {}

  /**
   * The rest of the node's options.
   *
   * @param allowedOrigins for CORS; {@code *} allows all
   * @param ipAllowlist addresses and CIDR blocks; empty allows all
   * @param rawBody whether the body travels as a file too
   * @param bodyAsFile whether any body is taken as a file (version 1)
   * @param binaryProperty name for files; null for the usual names
   */
  record Options(
      List<String> allowedOrigins,
      boolean ignoreBots,
      List<String> ipAllowlist,
      boolean rawBody,
      boolean bodyAsFile,
      @Nullable String binaryProperty) {}

  /**
   * Compiles a node.
   *
   * @throws MillraceException {@code INVALID_WORKFLOW} when it asks for what cannot be served
   */
  static Webhook of(String workflowId, int version, WorkflowNode node) {
    Parameters parameters = new Parameters(node.name(), node.parameters());
    List<String> methods = methods(node, parameters);
    String path = stripSlashes(parameters.text("path", ""));
    if (path.isEmpty()) {
      path = node.webhookId() == null ? "" : node.webhookId();
    }
    if (path.isEmpty()) {
      throw invalid(node.name(), "it has neither a path nor a webhook id");
    }
    boolean dynamic = path.startsWith(":") || path.contains("/:");
    if (dynamic) {
      if (node.webhookId() == null) {
        throw invalid(node.name(), "a path with parameters needs a webhook id");
      }
      path = node.webhookId() + "/" + path;
    }
    Parameters options = parameters.child("options");
    if (options.has("onlyRunIf")) {
      throw invalid(node.name(), "the option onlyRunIf is not supported");
    }
    return new Webhook(
        workflowId,
        version,
        node.name(),
        node.typeVersion(),
        methods,
        node.parameters().get("httpMethod") instanceof List,
        path,
        dynamic,
        authentication(node, parameters),
        response(parameters, options),
        new Options(
            list(options.text("allowedOrigins", "*")),
            options.flag("ignoreBots"),
            list(options.text("ipWhitelist", "")),
            options.flag("rawBody"),
            node.typeVersion() < 2 && options.flag("binaryData"),
            options.has("binaryPropertyName") ? options.text("binaryPropertyName", "data") : null));
  }

  /** Index of the node's output that a method starts. */
  int output(String method) {
    return methodOutputs ? methods.indexOf(method) : 0;
  }

  private static List<String> methods(WorkflowNode node, Parameters parameters) {
    Object stored = node.parameters().get("httpMethod");
    List<String> methods = new ArrayList<>();
    if (stored instanceof List<?> several) {
      several.forEach(method -> methods.add(Coercion.toText(method).toUpperCase(Locale.ROOT)));
    } else if (stored == null && parameters.flag("multipleMethods")) {
      methods.addAll(List.of("GET", "POST"));
    } else {
      methods.add(parameters.text("httpMethod", "GET").toUpperCase(Locale.ROOT));
    }
    for (String method : methods) {
      if (!METHODS.contains(method)) {
        throw invalid(node.name(), "\"" + method + "\" is not a method that a webhook can have");
      }
    }
    return List.copyOf(methods);
  }

  private static Authentication authentication(WorkflowNode node, Parameters parameters) {
    String kind = parameters.text("authentication", "none");
    return switch (kind) {
      case "none" -> new Authentication.None();
      case "basicAuth" -> byCredential(node, Authentication.Scheme.BASIC);
      case "headerAuth" -> byCredential(node, Authentication.Scheme.HEADER);
      case "jwtAuth" -> byCredential(node, Authentication.Scheme.JWT);
      default ->
          throw invalid(node.name(), "authentication \"" + kind + "\" is not supported here");
    };
  }

  private static Authentication byCredential(WorkflowNode node, Authentication.Scheme scheme) {
    String type = scheme.credentialType();
    if (node.raw().get("credentials") instanceof Map<?, ?> credentials
        && credentials.get(type) instanceof Map<?, ?> reference) {
      return new Authentication.ByCredential(
          scheme,
          new CredentialStore.Key(
              type,
              reference.get("id") instanceof String id ? id : "",
              reference.get("name") instanceof String name ? name : ""));
    }
    throw invalid(node.name(), "its authentication needs a credential of type " + type);
  }

  private static Response response(Parameters parameters, Parameters options) {
    String mode = parameters.text("responseMode", "onReceived");
    Mode parsed =
        switch (mode) {
          case "onReceived" -> Mode.ON_RECEIVED;
          case "lastNode" -> Mode.LAST_NODE;
          case "responseNode" -> Mode.RESPONSE_NODE;
          default ->
              throw invalid(parameters.node(), "response mode \"" + mode + "\" is not supported");
        };
    String data = parameters.text("responseData", "firstEntryJson");
    Map<String, String> headers = new LinkedHashMap<>();
    if (options.child("responseHeaders").raw("entries") instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> pair) {
          String name = Coercion.toText(pair.get("name")).strip().toLowerCase(Locale.ROOT);
          String value = Coercion.toText(pair.get("value"));
          if (value.startsWith("=")) {
            throw invalid(parameters.node(), "an expression is not supported in responseHeaders");
          }
          if (!name.isEmpty()) {
            headers.put(name, value);
          }
        }
      }
    }
    Parameters code = options.child("responseCode").child("values");
    Object status = code.raw("responseCode");
    if ("customCode".equals(status)) {
      status = code.raw("customCode");
    }
    if (status == null) {
      // Version 1 has it beside the options.
      status = parameters.raw("responseCode");
    }
    return new Response(
        parsed,
        switch (data) {
          case "firstEntryBinary" -> Data.FIRST_ENTRY_BINARY;
          case "allEntries" -> Data.ALL_ENTRIES;
          case "noData" -> Data.NO_DATA;
          default -> Data.FIRST_ENTRY_JSON;
        },
        parameters.status(status),
        Map.copyOf(headers),
        options.text("responseData", ""),
        options.flag("noResponseBody"),
        options.text("responsePropertyName", ""),
        parameters.text("responseBinaryPropertyName", "data"),
        options.text("responseContentType", ""));
  }

  private static String stripSlashes(String path) {
    String stripped = path.strip();
    int from = 0;
    int to = stripped.length();
    while (from < to && stripped.charAt(from) == '/') {
      from++;
    }
    while (to > from && stripped.charAt(to - 1) == '/') {
      to--;
    }
    return stripped.substring(from, to);
  }

  private static List<String> list(String commaSeparated) {
    List<String> parts = new ArrayList<>();
    for (String part : commaSeparated.split(",", -1)) {
      if (!part.isBlank()) {
        parts.add(part.strip());
      }
    }
    return List.copyOf(parts);
  }

  static MillraceException invalid(String node, String why) {
    return new MillraceException(
        ErrorCode.INVALID_WORKFLOW, "the webhook \"" + node + "\" cannot be served: " + why);
  }

  /** Stored parameters of a node, none of which may be an expression. */
  private record Parameters(String node, Map<?, ?> values) {
    boolean has(String key) {
      Object value = values.get(key);
      return value != null && !value.equals("");
    }

    @Nullable Object raw(String key) {
      Object value = values.get(key);
      if (value instanceof String text && text.startsWith("=")) {
        throw invalid(node, "an expression is not supported in " + key);
      }
      return value;
    }

    String text(String key, String otherwise) {
      Object value = raw(key);
      return value == null ? otherwise : Coercion.toText(value);
    }

    boolean flag(String key) {
      return Coercion.toBoolean(raw(key));
    }

    Parameters child(String key) {
      return new Parameters(node, raw(key) instanceof Map<?, ?> map ? map : Map.of());
    }

    int status(@Nullable Object value) {
      if (value == null) {
        return 200;
      }
      double status = Coercion.toNumber(value);
      if (status != (int) status || status < 200 || status > 599) {
        throw invalid(node, "\"" + Coercion.toText(value) + "\" is no response code");
      }
      return (int) status;
    }
  }
}
