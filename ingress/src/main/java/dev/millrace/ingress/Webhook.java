package dev.millrace.ingress;

import dev.millrace.avro.ItemRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.serde.ItemRecords;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    Answering answering,
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

  /** Decides how a call is answered. May run expressions, so it belongs to the call's own time. */
  @FunctionalInterface
  interface Answering {
    /**
     * @param item what the call brings
     * @throws MillraceException when an expression fails or asks for what cannot be served
     */
    Decision decide(String executionId, ItemRecord item) throws InterruptedException;
  }

  /**
   * What becomes of a call.
   *
   * @param runs whether the workflow is to run at all
   */
  record Decision(boolean runs, Response response) {}

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
   * Compiles a node. Expressions that decide where and to whom it is served are evaluated now,
   * those that decide what a caller gets with each call.
   *
   * @throws MillraceException {@code INVALID_WORKFLOW} when it asks for what cannot be served
   */
  static Webhook of(
      String workflowId,
      int version,
      WorkflowDocument workflow,
      WorkflowNode node,
      WebhookExpressions expressions) {
    WebhookParameters parameters =
        new WebhookParameters(
            node.name(), node.parameters(), now(expressions.of(workflow, node, "", null), node));
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
    WebhookParameters options = parameters.child("options");
    return new Webhook(
        workflowId,
        version,
        node.name(),
        node.typeVersion(),
        methods,
        node.parameters().get("httpMethod") instanceof List,
        path,
        dynamic,
        authentication(node),
        answering(workflow, node, expressions),
        new Options(
            list(options, "allowedOrigins", "*"),
            options.flag("ignoreBots"),
            list(options, "ipWhitelist", ""),
            options.flag("rawBody"),
            node.typeVersion() < 2 && options.flag("binaryData"),
            options.has("binaryPropertyName") ? options.text("binaryPropertyName", "data") : null));
  }

  /**
   * What has no value is refused: a path would be the webhook's id and a list of addresses would
   * let everybody in.
   */
  private static Function<String, @Nullable Object> now(
      Function<String, @Nullable Object> evaluation, WorkflowNode node) {
    return template -> {
      Object value;
      try {
        value = evaluation.apply(template);
      } catch (MillraceException failed) {
        throw invalid(node.name(), "the expression " + template + " fails: " + failed.text());
      }
      if (Undefined.orNull(value)) {
        throw invalid(
            node.name(), "the expression " + template + " has no value before there is a call");
      }
      return value;
    };
  }

  private static Answering answering(
      WorkflowDocument workflow, WorkflowNode node, WebhookExpressions expressions) {
    AtomicBoolean varies = new AtomicBoolean();
    Decision constant =
        decision(
            node,
            template -> {
              varies.set(true);
              return null;
            });
    if (!varies.get()) {
      return (executionId, item) -> constant;
    }
    return (executionId, item) -> {
      // Without its files: unpacked they would take several times their size of memory.
      Item call = Item.ofBytes(ItemRecords.bytes(item.getJson()), Map.of(), null, null);
      return expressions.evaluating(
          () -> decision(node, expressions.of(workflow, node, executionId, call)));
    };
  }

  private static Decision decision(
      WorkflowNode node, Function<String, @Nullable Object> evaluation) {
    WebhookParameters parameters =
        new WebhookParameters(node.name(), node.parameters(), evaluation);
    WebhookParameters options = parameters.child("options");
    return new Decision(
        !options.has("onlyRunIf") || holds(options.raw("onlyRunIf")),
        WebhookResponses.of(node, parameters, options));
  }

  /** The option is a text field, so that an answer written out counts like the value itself. */
  static boolean holds(@Nullable Object condition) {
    return condition instanceof String text
        ? !text.isBlank() && !text.strip().equalsIgnoreCase("false")
        : Coercion.toBoolean(condition);
  }

  /** Index of the node's output that a method starts. */
  int output(String method) {
    return methodOutputs ? methods.indexOf(method) : 0;
  }

  private static List<String> methods(WorkflowNode node, WebhookParameters parameters) {
    Object stored = parameters.raw("httpMethod");
    List<String> methods = new ArrayList<>();
    if (stored instanceof List<?> several) {
      several.forEach(method -> methods.add(Coercion.toText(method).toUpperCase(Locale.ROOT)));
    } else if (stored == null && parameters.flag("multipleMethods")) {
      methods.addAll(List.of("GET", "POST"));
    } else {
      methods.add((stored == null ? "GET" : Coercion.toText(stored)).toUpperCase(Locale.ROOT));
    }
    for (String method : methods) {
      if (!METHODS.contains(method)) {
        throw invalid(node.name(), "\"" + method + "\" is not a method that a webhook can have");
      }
    }
    return List.copyOf(methods);
  }

  private static Authentication authentication(WorkflowNode node) {
    return authentication(node, node.parameters().get("authentication"));
  }

  /** Never an expression: who may call must be plain to see. */
  static Authentication authentication(WorkflowNode node, @Nullable Object stored) {
    String kind = stored == null ? "none" : Coercion.toText(stored);
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
    return CredentialStore.Key.of(node, type)
        .map(key -> new Authentication.ByCredential(scheme, key))
        .orElseThrow(
            () -> invalid(node.name(), "its authentication needs a credential of type " + type));
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

  /** Separated by commas, or the list that an expression makes. */
  static List<String> list(WebhookParameters options, String key, String otherwise) {
    Object value = options.raw(key);
    String commaSeparated =
        value instanceof List<?> several
            ? several.stream().map(Coercion::toText).collect(Collectors.joining(","))
            : value == null ? otherwise : Coercion.toText(value);
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
}
