package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeServices;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between files of the machine and files of items, for the nodes that do only that. */
final class DiskFiles {
  private DiskFiles() {}

  /** Copies a file of the machine into the store. */
  static BinaryData read(NodeServices services, NodeCall call, String path) throws IOException {
    try (InputStream in = services.localFiles().open(path)) {
      return services.binaries().write(call.execution().executionId(), in, null, path);
    }
  }

  /**
   * Copies a file of an item to the machine; answers the item with the path in {@code fileName}.
   */
  static Item write(NodeServices services, Item item, BinaryData file, String path, boolean append)
      throws IOException {
    try (InputStream in = services.binaries().open(file)) {
      services.localFiles().write(path, in::transferTo, append);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
    json.put("fileName", path);
    return Item.of(json).withBinary(item.binary());
  }
}
