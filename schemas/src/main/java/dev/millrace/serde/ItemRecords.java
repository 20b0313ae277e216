package dev.millrace.serde;

import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.SourceRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.value.Json;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Items and what surrounds them as records, and back. An item's JSON passes through as bytes: it is
 * neither parsed nor copied here. Everything is a pure function and may be called from any thread,
 * as long as an item is in the hands of one thread at a time.
 */
public final class ItemRecords {
  private static final int NO_SIMPLE_PAIRING = -1;

  private ItemRecords() {}

  public static ItemRecord of(Item item) {
    return new ItemRecord(ByteBuffer.wrap(item.jsonBytes()), simplePairing(item), extra(item));
  }

  /** The item's lineage where it is one item of input 0, else {@link #NO_SIMPLE_PAIRING}. */
  static int simplePairing(Item item) {
    return item.pairing() instanceof Pairing.One(PairedItem one)
            && one.input() == 0
            && one.source() == null
            && one.item() >= 0
        ? one.item()
        : NO_SIMPLE_PAIRING;
  }

  /** What is rare about an item as a JSON object, null where there is nothing. */
  static @Nullable ByteBuffer extra(Item item) {
    Map<String, @Nullable Object> error = item.error();
    Pairing pairing = item.pairing();
    boolean otherPairing = pairing != null && simplePairing(item) == NO_SIMPLE_PAIRING;
    if (item.binary().isEmpty() && error == null && !otherPairing) {
      return null;
    }
    Map<String, @Nullable Object> rare = new LinkedHashMap<>();
    if (!item.binary().isEmpty()) {
      Map<String, @Nullable Object> files = new LinkedHashMap<>();
      item.binary().forEach((name, file) -> files.put(name, file.toJson()));
      rare.put("binary", files);
    }
    if (pairing != null && otherPairing) {
      rare.put("pairedItem", Item.pairingToJson(pairing));
    }
    if (error != null) {
      rare.put("error", error);
    }
    return ByteBuffer.wrap(Json.write(rare));
  }

  /**
   * @throws MillraceException {@code UNREADABLE_RECORD} when {@code extra} is not what {@link #of}
   *     writes; the item's own JSON is checked when it is first looked at
   */
  public static Item toItem(ItemRecord record) {
    Pairing pairing = record.getPairedItem() >= 0 ? Pairing.to(record.getPairedItem()) : null;
    ByteBuffer extra = record.getExtra();
    if (extra == null) {
      return Item.ofBytes(bytes(record.getJson()), Map.of(), pairing, null);
    }
    Map<String, @Nullable Object> rare = fromJsonBytes(extra);
    Map<String, BinaryData> binary = new LinkedHashMap<>();
    if (rare.get("binary") instanceof Map<?, ?> files) {
      files.forEach((name, file) -> {
        if (file instanceof Map<?, ?> data) {
          binary.put(String.valueOf(name), BinaryData.fromJson(data));
        }
      });
    }
    if (rare.containsKey("pairedItem")) {
      pairing = Item.pairingFromJson(rare.get("pairedItem"));
    }
    return Item.ofBytes(bytes(record.getJson()), binary, pairing, object(rare.get("error")));
  }

  public static List<ItemRecord> of(List<Item> items) {
    List<ItemRecord> records = new ArrayList<>(items.size());
    for (Item item : items) {
      records.add(of(item));
    }
    return records;
  }

  public static List<Item> toItems(List<ItemRecord> records) {
    List<Item> items = new ArrayList<>(records.size());
    for (ItemRecord record : records) {
      items.add(toItem(record));
    }
    return items;
  }

  /** The items of each input or output; null is a port without data. */
  public static List<PortRecord> ofPorts(List<? extends @Nullable List<Item>> ports) {
    List<PortRecord> records = new ArrayList<>(ports.size());
    for (List<Item> items : ports) {
      records.add(new PortRecord(items == null ? null : of(items)));
    }
    return records;
  }

  public static List<@Nullable List<Item>> toPorts(List<PortRecord> records) {
    List<@Nullable List<Item>> ports = new ArrayList<>(records.size());
    for (PortRecord record : records) {
      List<ItemRecord> items = record.getItems();
      ports.add(items == null ? null : toItems(items));
    }
    return ports;
  }

  /** The source of each input; null is an input without one. */
  public static List<@Nullable SourceRecord> ofSources(List<? extends @Nullable Source> sources) {
    List<@Nullable SourceRecord> records = new ArrayList<>(sources.size());
    for (Source source : sources) {
      records.add(
          source == null ? null : new SourceRecord(source.node(), source.output(), source.run()));
    }
    return records;
  }

  public static List<@Nullable Source> toSources(List<? extends @Nullable SourceRecord> records) {
    List<@Nullable Source> sources = new ArrayList<>(records.size());
    for (SourceRecord record : records) {
      sources.add(
          record == null
              ? null
              : new Source(record.getNode(), record.getOutput(), record.getRun()));
    }
    return sources;
  }

  /** A JSON object (an error, a node's context) as UTF-8. */
  public static ByteBuffer jsonBytes(Map<String, @Nullable Object> object) {
    return ByteBuffer.wrap(Json.write(object));
  }

  /** The inverse of {@link #jsonBytes}. */
  public static Map<String, @Nullable Object> fromJsonBytes(ByteBuffer utf8) {
    try {
      return Json.parseObject(bytes(utf8));
    } catch (MillraceException notJson) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD,
          "a JSON object inside the record is damaged: " + notJson.text(),
          notJson);
    }
  }

  /** The bytes of a buffer; its own array where it is just that, so it must not be changed. */
  public static byte[] bytes(ByteBuffer buffer) {
    if (buffer.hasArray()
        && buffer.arrayOffset() == 0
        && buffer.position() == 0
        && buffer.remaining() == buffer.array().length) {
      return buffer.array();
    }
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Map<String, @Nullable Object> object(@Nullable Object json) {
    return json instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : null;
  }
}
