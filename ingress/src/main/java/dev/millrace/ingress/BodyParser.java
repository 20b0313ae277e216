package dev.millrace.ingress;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes of a request's body what the workflow sees. Thread-safe. */
final class BodyParser {
  private static final byte[] EMPTY_OBJECT = {'{', '}'};

  /** Digits of a number that the value model still reads. */
  private static final int MAX_NUMBER = 1000;

  private static final String ANY_FILE = "application/octet-stream";

  private final IngressSettings.Limits limits;
  private final JsonFactory json;

  BodyParser(IngressSettings.Limits limits) {
    this.limits = limits;
    this.json =
        JsonFactory.builder()
            // The bytes go on as they are, so they have to be UTF-8 and not what looks like UTF-16.
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(limits.maxJsonDepth())
                    .maxStringLength(limits.maxBodyBytes())
                    .build())
            .build();
  }

  /**
   * A body.
   *
   * @param json the item's {@code body} as JSON in UTF-8
   * @param files the files that it brings
   */
  record Parsed(byte[] json, Map<String, BinaryData> files) {}

  /**
   * @throws RequestRefused 422 when the body is not what its content type says, or too deep
   */
  Parsed parse(byte[] body, ContentType type, Webhook webhook) {
    Webhook.Options options = webhook.options();
    String fileName = options.binaryProperty() == null ? "data" : options.binaryProperty();
    if (body.length == 0) {
      return new Parsed(EMPTY_OBJECT, Map.of());
    }
    if (options.bodyAsFile()) {
      return new Parsed(EMPTY_OBJECT, Map.of(fileName, file(body, type, null)));
    }
    if (type.value().equals("multipart/form-data")) {
      return multipart(body, type, options);
    }
    byte @Nullable [] parsed = value(body, type);
    if (options.rawBody()) {
      return new Parsed(
          parsed == null ? EMPTY_OBJECT : parsed, Map.of(fileName, file(body, type, null)));
    }
    if (parsed != null) {
      return new Parsed(parsed, Map.of());
    }
    return webhook.typeVersion() >= 2
        ? new Parsed(EMPTY_OBJECT, Map.of(fileName, file(body, type, null)))
        : new Parsed(EMPTY_OBJECT, Map.of());
  }

  /** The body as JSON, null when its content type is none of those that are parsed. */
  private byte @Nullable [] value(byte[] body, ContentType type) {
    if (type.isJson()) {
      return checkedJson(body, type);
    }
    if (type.isXml()) {
      return Json.write(XmlBody.parse(body, limits));
    }
    return switch (type.value()) {
      case "application/x-www-form-urlencoded" ->
          Json.write(FormFields.parse(text(body, type), FormFields.Names.PLAIN));
      case "text/plain" -> Json.write(text(body, type));
      default -> null;
    };
  }

  private byte[] checkedJson(byte[] body, ContentType type) {
    byte[] utf8 =
        type.charset().equals(StandardCharsets.UTF_8)
            ? body
            : text(body, type).getBytes(StandardCharsets.UTF_8);
    if (utf8.length >= 3 && utf8[0] == (byte) 0xEF && utf8[1] == (byte) 0xBB) {
      // A byte order mark is no JSON, and the bytes become part of a larger text.
      utf8 = Arrays.copyOfRange(utf8, 3, utf8.length);
    }
    requireUtf8(utf8);
    try (JsonParser parser = json.createParser(utf8)) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw notJson("it is empty");
      }
      int depth = 0;
      do {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token.isNumeric() && parser.getTextLength() > MAX_NUMBER) {
          throw limit();
        }
        token = parser.nextToken();
      } while (depth > 0 && token != null);
      if (token != null) {
        throw notJson("there is more after the end of the JSON value");
      }
      return utf8;
    } catch (StreamConstraintsException beyond) {
      throw limit();
    } catch (JsonProcessingException broken) {
      var at = broken.getLocation();
      throw notJson(
          broken.getOriginalMessage()
              + (at == null
                  ? ""
                  : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")"));
    } catch (IOException malformed) {
      throw notJson("it is not UTF-8");
    }
  }

  /** The JSON parser lets overlong forms and surrogates pass, which others then refuse. */
  private static void requireUtf8(byte[] text) {
    for (byte b : text) {
      if (b < 0) {
        try {
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
        } catch (CharacterCodingException malformed) {
          throw notJson("it is not UTF-8");
        }
        return;
      }
    }
  }

  private RequestRefused limit() {
    return new RequestRefused(
        422,
        ErrorCode.JSON_LIMIT,
        "The JSON of the body is nested deeper than "
            + limits.maxJsonDepth()
            + " levels or holds a longer number or name than is allowed");
  }

  private static RequestRefused notJson(String why) {
    return new RequestRefused(
        422, ErrorCode.INVALID_JSON, "The body cannot be parsed as JSON: " + why);
  }

  private Parsed multipart(byte[] body, ContentType type, Webhook.Options options) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    Map<String, BinaryData> files = new LinkedHashMap<>();
    int count = 0;
    for (var entry : MultipartBody.parse(body, type, limits.maxParts()).entrySet()) {
      List<MultipartBody.Part> parts = entry.getValue();
      List<MultipartBody.Part> asFiles = parts.stream().filter(MultipartBody.Part::isFile).toList();
      List<String> texts =
          parts.stream().filter(part -> !part.isFile()).map(MultipartBody.Part::text).toList();
      if (!texts.isEmpty()) {
        fields.put(entry.getKey(), texts.size() == 1 ? texts.getFirst() : texts);
      }
      String name = entry.getKey();
      boolean several = asFiles.size() > 1 || name.endsWith("[]");
      name = name.endsWith("[]") ? name.substring(0, name.length() - 2) : name;
      for (int i = 0; i < asFiles.size(); i++) {
        MultipartBody.Part part = asFiles.get(i);
        String key =
            options.binaryProperty() != null
                ? options.binaryProperty() + count
                : several ? name + i : name;
        files.put(key, file(part.content(), part.type(), part.fileName()));
        count++;
      }
    }
    if (options.rawBody()) {
      files.putIfAbsent("data", file(body, type, null));
    }
    return new Parsed(Json.write(fields), files);
  }

  private static String text(byte[] body, ContentType type) {
    return new String(body, type.charset());
  }

  private static BinaryData file(byte[] content, ContentType type, @Nullable String fileName) {
    return Files.of(content, type.value().isEmpty() ? ANY_FILE : type.value(), fileName);
  }
}
