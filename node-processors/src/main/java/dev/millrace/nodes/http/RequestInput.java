package dev.millrace.nodes.http;

import dev.millrace.error.MillraceException;
import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpUrl;
import dev.millrace.item.BinaryData;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.EffectContext;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the versions of HTTP Request read from their parameters in the same way. */
record RequestInput(NodeCall call, EffectContext context, BinaryStore binaries) {
  static final String NOT_JSON = "JSON parameter needs to be valid JSON";

  /** The URL parameter, which has to be a text. */
  String url(int item) {
    Object url = call.parameter("url", item);
    if (url instanceof String text) {
      return text;
    }
    throw new NodeException(
        "URL parameter must be a string, got "
            + switch (url) {
              case null -> "null";
              case Undefined undefined -> "undefined";
              case Number number -> "number";
              case Boolean truth -> "boolean";
              default -> "object";
            },
        item);
  }

  /** Rows of name and value; rows without a name are left out, and of equal names the last wins. */
  Map<String, @Nullable Object> pairs(String path, int item) {
    Map<String, @Nullable Object> pairs = new LinkedHashMap<>();
    for (Object row : call.list(path, item)) {
      if (row instanceof Map<?, ?> pair && !Undefined.orNull(pair.get("name"))) {
        String name = Coercion.toText(pair.get("name"));
        if (!name.isEmpty()) {
          pairs.put(name, pair.containsKey("value") ? pair.get("value") : "");
        }
      }
    }
    return pairs;
  }

  /** A parameter that holds JSON, as text or as a value; empty text is an empty object. */
  @Nullable Object json(String path, int item) {
    Object value = call.parameter(path, item);
    if (Undefined.orNull(value)) {
      return Map.of();
    }
    if (!(value instanceof String text)) {
      return value;
    }
    if (text.isBlank()) {
      return Map.of();
    }
    try {
      return Json.parse(text);
    } catch (MillraceException invalid) {
      throw new NodeException(NOT_JSON, item);
    }
  }

  /** A parameter that holds a JSON object. */
  Map<String, @Nullable Object> jsonObject(String path, int item) {
    if (!(json(path, item) instanceof Map<?, ?> object)) {
      throw new NodeException(NOT_JSON, item);
    }
    Map<String, @Nullable Object> read = new LinkedHashMap<>();
    object.forEach((key, value) -> read.put(String.valueOf(key), value));
    return read;
  }

  /** A file of the item, to be sent as a stream. */
  HttpBody file(String field, int item) {
    return content(binary(field, item));
  }

  private BinaryData binary(String field, int item) {
    BinaryData file = call.input().get(item).binary().get(field);
    if (file == null) {
      throw new NodeException("The item has no file in the field '" + field + "'.", item);
    }
    return file;
  }

  private HttpBody content(BinaryData file) {
    return new HttpBody(file.mimeType(), file.bytes(), () -> binaries.open(file));
  }

  /** A file of the item, as a part of a form. */
  RequestContent.Part filePart(String name, String field, int item) {
    BinaryData file = binary(field, item);
    String fileName = file.fileName();
    return new RequestContent.Part(name, null, content(file), fileName == null ? field : fileName);
  }

  void headers(RequestDraft request, Map<String, @Nullable Object> headers, boolean lowerCase) {
    headers.forEach((name, value) -> {
      if (!Undefined.orNull(value) && !name.isBlank()) {
        request.header(
            lowerCase ? name.strip().toLowerCase(java.util.Locale.ROOT) : name.strip(),
            Coercion.toText(value).strip());
      }
    });
  }

  /** The time-out that a node names in milliseconds, within what is left of its run. */
  Duration timeout(double millis, Duration otherwise) {
    Duration wanted =
        Double.isNaN(millis) || millis <= 0 ? otherwise : Duration.ofMillis((long) millis);
    Duration left = context.timeLeft();
    return left.isPositive() && left.compareTo(wanted) < 0 ? left : wanted;
  }

  @Nullable HttpUrl proxy(int item) {
    String proxy = call.string("options.proxy", item, "").strip();
    if (proxy.isEmpty()) {
      return null;
    }
    return HttpUrl.parse(proxy.contains("://") ? proxy : "http://" + proxy);
  }

  /**
   * A key by which the service recognises the same request, for methods that would otherwise be
   * done twice when a run is made again.
   */
  void idempotencyKey(RequestDraft request, int item) {
    switch (request.method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "REPORT" -> {}
      default -> request.headerUnlessSet("Idempotency-Key", context.idempotencyKey(item));
    }
  }

  /** Separates the parts of a form; random, so that no content holds it by chance. */
  String boundary() {
    StringBuilder boundary = new StringBuilder("--------------------------");
    for (int i = 0; i < 24; i++) {
      boundary.append((int) (call.random() * 10));
    }
    return boundary.toString();
  }

  /** Elements of the multipart form that a list of rows describes. */
  List<RequestContent.Part> parts(String path, int item) {
    return call.list(path, item).stream()
        .filter(row -> row instanceof Map<?, ?> part && !Undefined.orNull(part.get("name")))
        .map(row -> (Map<?, ?>) java.util.Objects.requireNonNull(row))
        .filter(part -> !Coercion.toText(part.get("name")).isEmpty())
        .map(part ->
            "formBinaryData".equals(part.get("parameterType"))
                ? filePart(
                    Coercion.toText(part.get("name")),
                    Coercion.toText(part.get("inputDataFieldName")),
                    item)
                : RequestContent.Part.text(
                    Coercion.toText(part.get("name")),
                    part.containsKey("value") ? part.get("value") : ""))
        .toList();
  }
}
