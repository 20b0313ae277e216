package dev.millrace.nodes.data;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.NodeException;
import java.util.Base64;

/** The content of files that lie in their item; what is stored elsewhere is out of reach here. */
final class InlineFile {
  private InlineFile() {}

  /**
   * @throws NodeException when the item has no such file, or it is kept outside of the item
   */
  static byte[] content(Item item, String property) {
    BinaryData file = item.binary().get(property);
    if (file == null) {
      throw new NodeException("The item has no file in the binary field '" + property + "'");
    }
    if (file.id() != null) {
      throw new NodeException(
          "The file in the binary field '"
              + property
              + "' is in the file store, which this node cannot read yet; give it text instead");
    }
    try {
      return Base64.getDecoder().decode(file.data());
    } catch (IllegalArgumentException broken) {
      throw new NodeException("The file in the binary field '" + property + "' is no valid Base64");
    }
  }
}
