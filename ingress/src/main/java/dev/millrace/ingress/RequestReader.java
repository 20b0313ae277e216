package dev.millrace.ingress;

import dev.millrace.avro.ItemRecord;
import dev.millrace.value.Json;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a webhook's item of a request: its JSON is written once, around the body's own bytes. */
final class RequestReader {
  /** What stands in place of a secret; items lie in topics and in history. */
  private static final String HIDDEN = "**hidden**";

  private static final byte[] HEADERS = ascii("{\"headers\":");
  private static final byte[] PARAMS = ascii(",\"params\":");
  private static final byte[] QUERY = ascii(",\"query\":");
  private static final byte[] BODY = ascii(",\"body\":");
  private static final byte[] WEBHOOK_URL = ascii(",\"webhookUrl\":");
  private static final byte[] MODE = ascii(",\"executionMode\":\"production\"");
  private static final byte[] JWT = ascii(",\"jwtPayload\":");
  private static final byte[] EMPTY_OBJECT = ascii("{}");

  private final BodyReader bodies;
  private final BodyParser parser;

  RequestReader(IngressSettings.Limits limits, BodyReader bodies) {
    this.bodies = bodies;
    this.parser = new BodyParser(limits);
  }

  /**
   * What a request was addressed to.
   *
   * @param url as the item tells it
   * @param params the values of the path's parameters
   * @param query the undecoded query, without its question mark
   */
  record Place(String url, Map<String, @Nullable Object> params, String query) {}

  /** The undecoded query, empty for none. */
  static String query(ServerRequest request) {
    return request.prologue().hasQuery() ? request.query().rawValue() : "";
  }

  /**
   * Reads the request to its end.
   *
   * @param proof how the caller proved that he may; the secret that he showed stays here
   * @throws RequestRefused when the body is not acceptable
   */
  ItemRecord read(
      ServerRequest request, Webhook webhook, Place place, Proof proof, Admission.Share share) {
    byte[] body = bodies.read(request, share);
    ContentType type =
        request
            .headers()
            .value(HeaderNames.CONTENT_TYPE)
            .map(ContentType::parse)
            .orElse(ContentType.NONE);
    BodyParser.Parsed parsed = parser.parse(body, type, webhook);
    ByteArrayOutputStream json = new ByteArrayOutputStream(512 + parsed.json().length);
    json.writeBytes(HEADERS);
    json.writeBytes(Json.write(headers(request, proof)));
    json.writeBytes(PARAMS);
    json.writeBytes(place.params().isEmpty() ? EMPTY_OBJECT : Json.write(place.params()));
    json.writeBytes(QUERY);
    json.writeBytes(
        place.query().isEmpty()
            ? EMPTY_OBJECT
            : Json.write(FormFields.parse(place.query(), FormFields.Names.NESTED)));
    json.writeBytes(BODY);
    json.writeBytes(parsed.json());
    json.writeBytes(WEBHOOK_URL);
    json.writeBytes(Json.write(place.url()));
    json.writeBytes(MODE);
    if (proof.claims() != null) {
      json.writeBytes(JWT);
      json.writeBytes(Json.write(proof.claims()));
    }
    json.write('}');
    return new ItemRecord(ByteBuffer.wrap(json.toByteArray()), -1, extra(parsed));
  }

  private static @Nullable ByteBuffer extra(BodyParser.Parsed parsed) {
    if (parsed.files().isEmpty()) {
      return null;
    }
    Map<String, @Nullable Object> files = new LinkedHashMap<>();
    parsed.files().forEach((name, file) -> files.put(name, file.toJson()));
    return ByteBuffer.wrap(Json.write(Map.of("binary", files)));
  }

  private static Map<String, @Nullable Object> headers(ServerRequest request, Proof proof) {
    Map<String, @Nullable Object> headers = new LinkedHashMap<>();
    for (Header header : request.headers()) {
      String name = header.headerName().lowerCase();
      headers.put(
          name,
          name.equals(proof.secretHeader())
              ? HIDDEN
              : header.valueCount() == 1 ? header.get() : String.join(", ", header.allValues()));
    }
    return headers;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
