package dev.millrace.serde;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * Writes items and what surrounds them straight into an Avro record, without the generated records
 * of {@link ItemRecords} in between: most of what an execution writes is this. The bytes are the
 * same. Pure functions, for any thread.
 */
public final class ItemWriter {
  private ItemWriter() {}

  /** An array of {@code PortRecord}: the items of each input or output, null for no data. */
  public static void ports(Encoder out, List<? extends @Nullable List<Item>> ports)
      throws IOException {
    out.writeArrayStart();
    out.setItemCount(ports.size());
    for (List<Item> items : ports) {
      out.startItem();
      if (items == null) {
        out.writeIndex(0);
      } else {
        out.writeIndex(1);
        items(out, items);
      }
    }
    out.writeArrayEnd();
  }

  /** An array of {@code ItemRecord}. */
  public static void items(Encoder out, List<Item> items) throws IOException {
    out.writeArrayStart();
    out.setItemCount(items.size());
    for (Item item : items) {
      out.startItem();
      byte[] json = item.jsonBytes();
      out.writeBytes(json, 0, json.length);
      out.writeInt(ItemRecords.simplePairing(item));
      optionalBytes(out, ItemRecords.extra(item));
    }
    out.writeArrayEnd();
  }

  /** An array of {@code null} or {@code SourceRecord}: where the items of each input came from. */
  public static void sources(Encoder out, List<? extends @Nullable Source> sources)
      throws IOException {
    out.writeArrayStart();
    out.setItemCount(sources.size());
    for (Source source : sources) {
      out.startItem();
      if (source == null) {
        out.writeIndex(0);
      } else {
        out.writeIndex(1);
        out.writeString(source.node());
        out.writeInt(source.output());
        out.writeInt(source.run());
      }
    }
    out.writeArrayEnd();
  }

  /** A union of null and bytes that hold a JSON object. */
  public static void optionalObject(Encoder out, @Nullable Map<String, @Nullable Object> object)
      throws IOException {
    if (object == null) {
      out.writeIndex(0);
    } else {
      byte[] json = Json.write(object);
      out.writeIndex(1);
      out.writeBytes(json, 0, json.length);
    }
  }

  /** A union of null and bytes. */
  public static void optionalBytes(Encoder out, @Nullable ByteBuffer bytes) throws IOException {
    if (bytes == null) {
      out.writeIndex(0);
    } else {
      out.writeIndex(1);
      out.writeBytes(bytes);
    }
  }

  /** A union of null and string. */
  public static void optionalString(Encoder out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeIndex(0);
    } else {
      out.writeIndex(1);
      out.writeString(text);
    }
  }

  /** A union of null and a map of strings. */
  public static void strings(Encoder out, List<String> strings) throws IOException {
    out.writeArrayStart();
    out.setItemCount(strings.size());
    for (String string : strings) {
      out.startItem();
      out.writeString(string);
    }
    out.writeArrayEnd();
  }

  public static void optionalStrings(Encoder out, @Nullable Map<String, String> strings)
      throws IOException {
    if (strings == null) {
      out.writeIndex(0);
      return;
    }
    out.writeIndex(1);
    out.writeMapStart();
    out.setItemCount(strings.size());
    for (Map.Entry<String, String> entry : strings.entrySet()) {
      out.startItem();
      out.writeString(entry.getKey());
      out.writeString(entry.getValue());
    }
    out.writeMapEnd();
  }
}
