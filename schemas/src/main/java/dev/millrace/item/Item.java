package dev.millrace.item;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One item: a JSON object, the files that travel with it, its lineage and, when a node marked it as
 * failed, the error.
 *
 * <p>The JSON is held as UTF-8 bytes, as the value model, or as both: bytes that came from a topic
 * are parsed when first looked at, and an unchanged item is written without being serialised again.
 * Immutable to its users; the two cached forms are filled in lazily, so an item belongs to one
 * thread at a time.
 */
public final class Item {
  /** Size in bytes from which parsing again is cheaper than keeping what was parsed. */
  private static final int COMPACTED = 256 << 10;

  private final Content content;
  private final Map<String, BinaryData> binary;
  private final @Nullable Pairing pairing;
  private final @Nullable Map<String, @Nullable Object> error;

  /** The JSON in its two forms, shared by all copies of the item that differ in the rest. */
  private static final class Content {
    private byte @Nullable [] bytes;
    private @Nullable Map<String, @Nullable Object> json;

    Content(byte @Nullable [] bytes, @Nullable Map<String, @Nullable Object> json) {
      this.bytes = bytes;
      this.json = json;
    }

    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> parsed = json;
      if (parsed == null) {
        parsed = Json.parseObject(Objects.requireNonNull(bytes));
        json = parsed;
      }
      return parsed;
    }

    void compact() {
      if (bytes().length > COMPACTED) {
        json = null;
      }
    }

    byte[] bytes() {
      byte[] written = bytes;
      if (written == null) {
        written = Json.write(Objects.requireNonNull(json));
        bytes = written;
      }
      return written;
    }
  }

  private Item(
      Content content,
      Map<String, BinaryData> binary,
      @Nullable Pairing pairing,
      @Nullable Map<String, @Nullable Object> error) {
    this.content = content;
    this.binary = binary;
    this.pairing = pairing;
    this.error = error;
  }

  /** An item without files or lineage. The map is kept and must not be changed afterwards. */
  public static Item of(Map<String, @Nullable Object> json) {
    return new Item(new Content(null, json), Map.of(), null, null);
  }

  /** {@code {json: {}}}. */
  public static Item empty() {
    return of(Map.of());
  }

  /** An item whose JSON object is given as UTF-8. It is parsed, and checked, when first read. */
  public static Item ofBytes(
      byte[] json,
      Map<String, BinaryData> binary,
      @Nullable Pairing pairing,
      @Nullable Map<String, @Nullable Object> error) {
    return new Item(new Content(json, null), binary, pairing, error);
  }

  /** The JSON object. Shared: it must not be changed. */
  public Map<String, @Nullable Object> json() {
    return content.json();
  }

  /** The JSON object as UTF-8. Shared: it must not be changed. */
  public byte[] jsonBytes() {
    return content.bytes();
  }

  /**
   * Forgets the parsed form of a large item, which takes many times the room of its bytes and is
   * made again when it is looked at.
   */
  public void compact() {
    content.compact();
  }

  public Map<String, BinaryData> binary() {
    return binary;
  }

  /** About how many bytes the item takes in a record: its JSON, and the files that lie in it. */
  public long size() {
    long size = jsonBytes().length;
    if (binary.isEmpty()) {
      return size;
    }
    for (BinaryData file : binary.values()) {
      size += file.data().length();
    }
    return size;
  }

  /** The same of all items of several inputs or outputs; null is a port without data. */
  public static long size(List<? extends @Nullable List<Item>> ports) {
    long size = 0;
    for (List<Item> items : ports) {
      for (int i = 0; items != null && i < items.size(); i++) {
        size += items.get(i).size();
      }
    }
    return size;
  }

  public @Nullable Pairing pairing() {
    return pairing;
  }

  /** The error object that a node attached to the item, or null. */
  public @Nullable Map<String, @Nullable Object> error() {
    return error;
  }

  public Item withJson(Map<String, @Nullable Object> newJson) {
    return new Item(new Content(null, newJson), binary, pairing, error);
  }

  public Item withPairing(@Nullable Pairing newPairing) {
    return Objects.equals(pairing, newPairing)
        ? this
        : new Item(content, binary, newPairing, error);
  }

  public Item withBinary(Map<String, BinaryData> newBinary) {
    if (newBinary.isEmpty()) {
      return binary.isEmpty() ? this : new Item(content, Map.of(), pairing, error);
    }
    // Not Map.copyOf, which forgets the order.
    return new Item(
        content, Collections.unmodifiableMap(new LinkedHashMap<>(newBinary)), pairing, error);
  }

  public Item withError(@Nullable Map<String, @Nullable Object> newError) {
    return new Item(content, binary, pairing, newError);
  }

  /** Reads n8n's JSON form {@code {json, binary?, pairedItem?, error?}}. */
  @SuppressWarnings("unchecked")
  public static Item fromJson(Map<?, ?> form) {
    Object json = form.get("json");
    if (json != null && !(json instanceof Map)) {
      throw new MillraceException(ErrorCode.INVALID_WORKFLOW, "an item's json is not an object");
    }
    Map<String, BinaryData> binary = new LinkedHashMap<>();
    if (form.get("binary") instanceof Map<?, ?> files) {
      files.forEach((name, file) -> {
        if (file instanceof Map<?, ?> data) {
          binary.put(String.valueOf(name), BinaryData.fromJson(data));
        }
      });
    }
    return new Item(
        new Content(null, json == null ? Map.of() : (Map<String, @Nullable Object>) json),
        Collections.unmodifiableMap(binary),
        pairingFromJson(form.get("pairedItem")),
        form.get("error") instanceof Map<?, ?> error
            ? (Map<String, @Nullable Object>) error
            : null);
  }

  /** Writes n8n's JSON form; what is absent is left out. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put("json", json());
    if (!binary.isEmpty()) {
      Map<String, @Nullable Object> files = new LinkedHashMap<>();
      binary.forEach((name, file) -> files.put(name, file.toJson()));
      form.put("binary", files);
    }
    if (pairing != null) {
      form.put("pairedItem", pairingToJson(pairing));
    }
    if (error != null) {
      form.put("error", error);
    }
    return form;
  }

  /** Reads {@code pairedItem} in any of its forms: a number, an object, or an array of those. */
  public static @Nullable Pairing pairingFromJson(@Nullable Object form) {
    return switch (form) {
      case Number n -> Pairing.to(n.intValue());
      case Map<?, ?> one -> new Pairing.One(pairedItem(one));
      case List<?> many ->
          Pairing.to(
              many.stream()
                  .map(entry ->
                      entry instanceof Map<?, ?> one
                          ? pairedItem(one)
                          : PairedItem.of(entry instanceof Number n ? n.intValue() : 0))
                  .toList());
      case null, default -> null;
    };
  }

  /** Writes {@code pairedItem}: an object, or an array where the lineage has several. */
  public static Object pairingToJson(Pairing pairing) {
    return switch (pairing) {
      case Pairing.One one -> pairedItemToJson(one.item());
      case Pairing.Many many -> many.all().stream().map(Item::pairedItemToJson).toList();
    };
  }

  private static PairedItem pairedItem(Map<?, ?> form) {
    Source source = null;
    if (form.get("sourceOverwrite") instanceof Map<?, ?> overwrite
        && overwrite.get("previousNode") instanceof String node) {
      source =
          new Source(
              node,
              number(overwrite.get("previousNodeOutput")),
              number(overwrite.get("previousNodeRun")));
    }
    return new PairedItem(number(form.get("item")), number(form.get("input")), source);
  }

  private static int number(@Nullable Object value) {
    return value instanceof Number n ? n.intValue() : 0;
  }

  private static Map<String, @Nullable Object> pairedItemToJson(PairedItem paired) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put("item", (double) paired.item());
    if (paired.input() != 0) {
      form.put("input", (double) paired.input());
    }
    Source source = paired.source();
    if (source != null) {
      Map<String, @Nullable Object> overwrite = new LinkedHashMap<>();
      overwrite.put("previousNode", source.node());
      overwrite.put("previousNodeOutput", (double) source.output());
      overwrite.put("previousNodeRun", (double) source.run());
      form.put("sourceOverwrite", overwrite);
    }
    return form;
  }

  /** Equal in content: JSON (key order does not matter), files, lineage and error. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Item that
        && json().equals(that.json())
        && binary.equals(that.binary)
        && Objects.equals(pairing, that.pairing)
        && Objects.equals(error, that.error);
  }

  @Override
  public int hashCode() {
    return Objects.hash(json(), binary, pairing, error);
  }

  @Override
  public String toString() {
    return Json.text(toJson());
  }
}
