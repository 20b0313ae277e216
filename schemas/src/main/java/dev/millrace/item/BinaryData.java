package dev.millrace.item;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file that travels with an item. The fields are n8n's.
 *
 * @param data Base64 of the content, or the name of the storage mode when {@code id} is set
 * @param mimeType such as {@code text/plain}
 * @param id where the content is stored outside the item
 * @param fileSize for people, such as {@code 5 B}
 * @param bytes size of the content, -1 when unknown
 */
public record BinaryData(
    String data,
    String mimeType,
    @Nullable String fileName,
    @Nullable String fileExtension,
    @Nullable String fileType,
    @Nullable String fileSize,
    @Nullable String directory,
    @Nullable String id,
    long bytes) {

  /** Reads n8n's JSON form. */
  public static BinaryData fromJson(Map<?, ?> json) {
    return new BinaryData(
        json.get("data") instanceof String data ? data : "",
        json.get("mimeType") instanceof String type ? type : "text/plain",
        text(json, "fileName"),
        text(json, "fileExtension"),
        text(json, "fileType"),
        text(json, "fileSize"),
        text(json, "directory"),
        text(json, "id"),
        json.get("bytes") instanceof Number n ? n.longValue() : -1);
  }

  /** Writes n8n's JSON form; absent fields are left out. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("mimeType", mimeType);
    putIfPresent(json, "fileType", fileType);
    putIfPresent(json, "fileName", fileName);
    putIfPresent(json, "fileExtension", fileExtension);
    putIfPresent(json, "directory", directory);
    putIfPresent(json, "fileSize", fileSize);
    if (bytes >= 0) {
      json.put("bytes", (double) bytes);
    }
    json.put("data", data);
    putIfPresent(json, "id", id);
    return json;
  }

  private static @Nullable String text(Map<?, ?> json, String key) {
    return json.get(key) instanceof String value ? value : null;
  }

  private static void putIfPresent(
      Map<String, @Nullable Object> json, String key, @Nullable String value) {
    if (value != null) {
      json.put(key, value);
    }
  }
}
