package dev.millrace.value;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON text to the value model of {@link Coercion} and back, as {@code JSON.parse} and {@code
 * JSON.stringify} do it. Thread-safe. Input that is not JSON, is nested deeper than {@link
 * #MAX_DEPTH} or holds a number longer than 1,000 digits raises a {@link MillraceException}.
 */
public final class Json {
  /**
   * The deepest nesting that is read or written; deeper input is an error, not a stack overflow.
   */
  public static final int MAX_DEPTH = 500;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(256 * 1024 * 1024)
                  .build())
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .build();

  private Json() {}

  /** Parses one JSON value from UTF-8 bytes. */
  public static @Nullable Object parse(byte[] utf8) {
    return parse(utf8, 0, utf8.length);
  }

  /** Parses one JSON value from a range of UTF-8 bytes. */
  public static @Nullable Object parse(byte[] utf8, int offset, int length) {
    try (JsonParser parser = FACTORY.createParser(utf8, offset, length)) {
      return parseWhole(parser);
    } catch (IOException notJson) {
      String text = textWithSurrogateEscapes(utf8, offset, length);
      if (text != null) {
        return parse(text);
      }
      throw invalid(notJson);
    }
  }

  /**
   * The bytes as text if they hold an escaped surrogate, else null. In a key, Jackson's parser of
   * bytes refuses one without its partner, which JSON allows and its parser of text reads.
   */
  private static @Nullable String textWithSurrogateEscapes(byte[] utf8, int offset, int length) {
    for (int i = offset; i < offset + length - 2; i++) {
      if (utf8[i] == '\\' && utf8[i + 1] == 'u' && (utf8[i + 2] | 0x20) == 'd') {
        try {
          return StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(utf8, offset, length))
              .toString();
        } catch (CharacterCodingException notUtf8) {
          return null;
        }
      }
    }
    return null;
  }

  /** Parses one JSON value from text. */
  public static @Nullable Object parse(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return parseWhole(parser);
    } catch (IOException notJson) {
      throw invalid(notJson);
    }
  }

  /** Parses a JSON object; another kind of value is an error. */
  @SuppressWarnings("unchecked")
  public static Map<String, @Nullable Object> parseObject(byte[] utf8) {
    if (parse(utf8) instanceof Map<?, ?> object) {
      return (Map<String, @Nullable Object>) object;
    }
    throw new MillraceException(ErrorCode.INVALID_JSON, "the JSON value is not an object");
  }

  /** Writes compact UTF-8. Undefined and functions as a map value are left out, in a list null. */
  public static byte[] write(@Nullable Object value) {
    return JsonWriter.write(value, 0);
  }

  /** Writes compact text. */
  public static String text(@Nullable Object value) {
    return new String(write(value), StandardCharsets.UTF_8);
  }

  /**
   * Writes text indented by {@code indent} spaces, as {@code JSON.stringify(value, null, indent)}.
   */
  public static String pretty(@Nullable Object value, int indent) {
    return new String(JsonWriter.write(value, indent), StandardCharsets.UTF_8);
  }

  private static @Nullable Object parseWhole(JsonParser parser) throws IOException {
    JsonToken first = parser.nextToken();
    if (first == null) {
      throw new MillraceException(ErrorCode.INVALID_JSON, "the input is empty");
    }
    Object value = parseValue(parser, first);
    if (parser.nextToken() != null) {
      throw new MillraceException(
          ErrorCode.INVALID_JSON, "there is more after the end of the JSON value");
    }
    return value;
  }

  private static @Nullable Object parseValue(JsonParser parser, JsonToken token)
      throws IOException {
    return switch (token) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
          object.put(name, parseValue(parser, parser.nextToken()));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<@Nullable Object> array = new ArrayList<>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          array.add(parseValue(parser, t));
        }
        yield array;
      }
      case VALUE_STRING -> parser.getText();
      // Adding zero makes -0 to 0: they are equal, and equal numbers are to be equal objects.
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue() + 0.0;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new MillraceException(ErrorCode.INVALID_JSON, "unexpected " + token);
    };
  }

  private static MillraceException invalid(IOException cause) {
    if (cause instanceof StreamConstraintsException) {
      return new MillraceException(ErrorCode.JSON_LIMIT, cause.getMessage(), cause);
    }
    if (cause instanceof com.fasterxml.jackson.core.JsonProcessingException parse) {
      var at = parse.getLocation();
      return new MillraceException(
          ErrorCode.INVALID_JSON,
          parse.getOriginalMessage()
              + (at == null
                  ? ""
                  : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")"),
          cause);
    }
    // Everything is in memory, so what is left is text in a broken encoding.
    return new MillraceException(ErrorCode.INVALID_JSON, cause.getMessage(), cause);
  }
}
