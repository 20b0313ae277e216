package dev.millrace.ingress;

import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.serde.ItemRecords;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a webhook's response of what happened, by the webhook's parameters. */
final class WebhookAnswers {
  private static final byte[] STARTED = utf8("{\"message\":\"Workflow was started\"}");
  private static final byte[] NOT_RUN =
      utf8("{\"message\":\"Workflow was not started: its condition does not hold for this call\"}");
  private static final byte[] ERROR = utf8("{\"message\":\"Error in workflow\"}");
  private static final String HTML = "text/html; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";

  /** Lets a page that a workflow answered run, but not act as this origin. */
  private static final String SANDBOX =
      "sandbox allow-downloads allow-forms allow-modals allow-orientation-lock allow-pointer-lock"
          + " allow-popups allow-presentation allow-scripts allow-top-navigation"
          + " allow-top-navigation-by-user-activation"
          + " allow-top-navigation-to-custom-protocols";

  private WebhookAnswers() {}

  /** The command is safe and nobody waits for the execution. */
  static HttpAnswer onReceived(Webhook.Response response) {
    if (response.noBody()) {
      return finished(response, null, HttpAnswer.NO_BODY);
    }
    return response.text().isEmpty()
        ? finished(response, HttpAnswer.JSON, STARTED)
        : finished(response, HTML, utf8(response.text()));
  }

  /** The webhook's own condition does not hold, so nothing was started. */
  static HttpAnswer notRun() {
    return HttpAnswer.json(200, NOT_RUN);
  }

  /** The reply is there. */
  static HttpAnswer of(ReplyRecord reply, Webhook.Response response) {
    return switch (reply.getBody()) {
      case WebhookAnswer answer -> guarded(answered(answer));
      case ExecutionOutcome outcome when !outcome.getStatus().equals("success") ->
          HttpAnswer.json(500, ERROR);
      case ExecutionOutcome outcome when response.mode() == Webhook.Mode.RESPONSE_NODE ->
          finished(response, null, HttpAnswer.NO_BODY);
      case ExecutionOutcome outcome -> lastNode(outcome, response);
      default -> throw new IllegalStateException("a reply of a kind that is not known");
    };
  }

  /** Whether the execution has ended well. */
  static boolean succeeded(ReplyRecord reply) {
    return reply.getBody() instanceof ExecutionOutcome outcome
        && outcome.getStatus().equals("success");
  }

  private static HttpAnswer answered(WebhookAnswer answer) {
    if (answer.getStatus() < 200 || answer.getStatus() > 599) {
      return missing("A response cannot have the code " + answer.getStatus());
    }
    return new HttpAnswer(
        answer.getStatus(), answer.getHeaders(), ItemRecords.bytes(answer.getBody()), false);
  }

  private static HttpAnswer lastNode(ExecutionOutcome outcome, Webhook.Response response) {
    List<PortRecord> outputs = outcome.getOutputs();
    List<ItemRecord> items = outputs.isEmpty() ? null : outputs.getFirst().getItems();
    return switch (response.data()) {
      case NO_DATA -> finished(response, null, HttpAnswer.NO_BODY);
      case ALL_ENTRIES -> finished(response, HttpAnswer.JSON, array(items));
      case FIRST_ENTRY_JSON ->
          items == null || items.isEmpty()
              ? missing("No item to return was found")
              : firstJson(items.getFirst(), response);
      case FIRST_ENTRY_BINARY ->
          items == null || items.isEmpty()
              ? missing("No item was found to return")
              : firstBinary(items.getFirst(), response);
    };
  }

  private static HttpAnswer firstJson(ItemRecord item, Webhook.Response response) {
    if (response.property().isEmpty() && response.contentType().isEmpty()) {
      return finished(response, HttpAnswer.JSON, ItemRecords.bytes(item.getJson()));
    }
    Object value = Json.parse(ItemRecords.bytes(item.getJson()));
    if (!response.property().isEmpty()) {
      value = property(value, response.property());
    }
    if (Undefined.orNull(value)) {
      return finished(response, null, HttpAnswer.NO_BODY);
    }
    if (!response.contentType().isEmpty()) {
      byte[] body = value instanceof String text ? utf8(text) : Json.write(value);
      return finished(response, response.contentType(), body);
    }
    return value instanceof String text
        ? finished(response, HTML, utf8(text))
        : finished(response, HttpAnswer.JSON, Json.write(value));
  }

  private static HttpAnswer firstBinary(ItemRecord item, Webhook.Response response) {
    ByteBuffer extra = item.getExtra();
    if (extra == null
        || !(Json.parse(ItemRecords.bytes(extra)) instanceof Map<?, ?> more)
        || !(more.get("binary") instanceof Map<?, ?> files)) {
      return missing("No binary data was found to return");
    }
    if (!(files.get(response.binaryProperty()) instanceof Map<?, ?> stored)) {
      return missing(
          "The binary property \""
              + response.binaryProperty()
              + "\" that is to be returned"
              + " does not exist");
    }
    BinaryData file = BinaryData.fromJson(stored);
    if (file.id() != null) {
      return missing(
          "The binary property \""
              + response.binaryProperty()
              + "\" is too large to answer with: a file in an answer has to lie in its item");
    }
    if (file.id() != null) {
      return missing("The file lies outside of the item, which cannot be returned yet");
    }
    byte[] content;
    try {
      content = Base64.getDecoder().decode(file.data());
    } catch (IllegalArgumentException notBase64) {
      return missing("The binary property \"" + response.binaryProperty() + "\" is not Base64");
    }
    return finished(response, file.mimeType(), content);
  }

  /** A part of a value by a path such as {@code a.b[0].c}. */
  private static @Nullable Object property(@Nullable Object value, String path) {
    Object at = value;
    for (String name : path.replace("[", ".").replace("]", "").split("\\.", -1)) {
      if (at instanceof Map<?, ?> object) {
        at = object.containsKey(name) ? object.get(name) : Undefined.UNDEFINED;
      } else if (at instanceof List<?> list) {
        double index = Coercion.toNumber(name);
        at =
            index >= 0 && index < list.size() && index == (int) index
                ? list.get((int) index)
                : Undefined.UNDEFINED;
      } else {
        return Undefined.UNDEFINED;
      }
    }
    return at;
  }

  private static byte[] array(@Nullable List<ItemRecord> items) {
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.write('[');
    if (items != null) {
      for (ItemRecord item : items) {
        if (array.size() > 1) {
          array.write(',');
        }
        array.writeBytes(ItemRecords.bytes(item.getJson()));
      }
    }
    array.write(']');
    return array.toByteArray();
  }

  private static HttpAnswer missing(String message) {
    return HttpAnswer.error(500, ErrorCode.NODE_FAILED, message, null);
  }

  private static HttpAnswer finished(
      Webhook.Response response, @Nullable String contentType, byte[] body) {
    if (response.headers().isEmpty()
        && (contentType == null || contentType.equals(HttpAnswer.JSON))) {
      return new HttpAnswer(
          response.status(),
          contentType == null ? Map.of() : Map.of(HttpAnswer.CONTENT_TYPE, contentType),
          body,
          false);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    if (contentType != null) {
      headers.put(HttpAnswer.CONTENT_TYPE, contentType);
    }
    headers.putAll(response.headers());
    return guarded(new HttpAnswer(response.status(), headers, body, false));
  }

  /** What a browser would show as a page is sandboxed; what names no type is not guessed at. */
  private static HttpAnswer guarded(HttpAnswer answer) {
    String type = answer.headers().get(HttpAnswer.CONTENT_TYPE);
    if (type == null) {
      return answer.body().length == 0 ? answer : answer.withHeader(HttpAnswer.CONTENT_TYPE, TEXT);
    }
    String value = type.toLowerCase(Locale.ROOT);
    boolean page =
        value.startsWith("text/html")
            || value.startsWith("application/xhtml+xml")
            || value.startsWith("image/svg+xml");
    return page ? answer.withHeader("content-security-policy", SANDBOX) : answer;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
