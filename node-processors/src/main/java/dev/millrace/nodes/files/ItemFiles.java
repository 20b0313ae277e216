package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the nodes of this family have in common: the files of an item, and a run item by item. */
final class ItemFiles {
  /** The most that is read into memory of a file whose format needs all of it. */
  static final long MAX_WHOLE = 64L << 20;

  private ItemFiles() {}

  /** Answers one item. */
  @FunctionalInterface
  interface PerItem {
    void answer(int index, Item item, List<Item> answers) throws Exception;
  }

  /**
   * Answers item after item. One that fails fails the run, or becomes an error item where the
   * node's settings say so.
   */
  static NodeOutput forEach(NodeCall call, PerItem work) throws InterruptedException {
    List<Item> answers = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      List<Item> own = new ArrayList<>(1);
      try {
        work.answer(i, call.input().get(i), own);
        answers.addAll(own);
      } catch (Exception thrown) {
        NodeException failure = failure(thrown, i);
        if (!call.continueOnFail()) {
          throw failure;
        }
        answers.add(failed(failure, i));
      }
    }
    return NodeOutput.of(answers);
  }

  /** Answers all items together; {@link #forEach} where that fails. */
  @FunctionalInterface
  interface AllItems {
    List<Item> answer() throws Exception;
  }

  static NodeOutput forAll(NodeCall call, AllItems work) throws InterruptedException {
    try {
      return NodeOutput.of(work.answer());
    } catch (Exception thrown) {
      NodeException failure = failure(thrown, 0);
      if (!call.continueOnFail()) {
        throw failure;
      }
      return NodeOutput.of(List.of(failed(failure, 0)));
    }
  }

  /**
   * The failure as the user sees it.
   *
   * @throws InterruptedException when the run was stopped, which is no failure of the node
   * @throws RuntimeException a defect, as it is
   */
  private static NodeException failure(Exception thrown, int index) throws InterruptedException {
    if (thrown instanceof IOException && Thread.interrupted()) {
      // What was read or written broke off because the thread was asked to stop.
      throw new InterruptedException(thrown.getMessage());
    }
    return switch (thrown) {
      case InterruptedException stopped -> throw stopped;
      case NodeException known ->
          known.itemIndex() >= 0
              ? known
              : new NodeException(
                  known.code(),
                  known.text(),
                  index,
                  known.description(),
                  known.detail(),
                  known.getCause());
      case MillraceException known ->
          new NodeException(known.code(), known.text(), index, null, Map.of(), known);
      case IOException io ->
          new NodeException(
              ErrorCode.NODE_FAILED,
              io.getMessage() == null ? io.getClass().getSimpleName() : io.getMessage(),
              index,
              null,
              Map.of(),
              io);
      case RuntimeException defect -> throw defect;
      default -> throw new IllegalStateException("a file node throws nothing else", thrown);
    };
  }

  private static Item failed(NodeException failure, int index) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("error", failure.text());
    return Item.of(json).withPairing(Pairing.to(index));
  }

  /**
   * The item's file in a field.
   *
   * @throws NodeException when it has none
   */
  static BinaryData file(Item item, String field, int index) {
    BinaryData file = item.binary().get(field);
    if (file == null) {
      throw new NodeException(
          ErrorCode.NODE_FAILED,
          "Item " + index + " has no file in the field '" + field + "'",
          index,
          item.binary().isEmpty()
              ? "The item has no file at all: check the node before this one."
              : "It has files in: " + String.join(", ", item.binary().keySet()),
          Map.of(),
          null);
    }
    return file;
  }

  /**
   * A file's content as a whole, for formats that cannot be read in one pass.
   *
   * @throws MillraceException with {@code FILE_TOO_LARGE} when it is over the limit
   */
  static byte[] whole(BinaryStore store, BinaryData file, long limit) throws IOException {
    try (InputStream in = store.open(file)) {
      byte[] content = in.readNBytes((int) limit + 1);
      if (content.length > limit) {
        throw new MillraceException(
            ErrorCode.FILE_TOO_LARGE,
            "A file of this kind may have at most " + (limit >> 20) + " MiB");
      }
      return content;
    }
  }

  /** The files of an item with one more or another in its place. */
  static Map<String, BinaryData> with(
      Map<String, BinaryData> files, String field, BinaryData file) {
    Map<String, BinaryData> changed = new LinkedHashMap<>(files);
    changed.put(field, file);
    return changed;
  }

  static Map<String, BinaryData> without(Map<String, BinaryData> files, String field) {
    Map<String, BinaryData> changed = new LinkedHashMap<>(files);
    changed.remove(field);
    return changed;
  }

  /** The lineage of something that was made of all items. */
  static @Nullable Pairing ofAll(int items) {
    List<dev.millrace.item.PairedItem> all = new ArrayList<>(items);
    for (int i = 0; i < items; i++) {
      all.add(dev.millrace.item.PairedItem.of(i));
    }
    return all.isEmpty() ? null : Pairing.to(all);
  }
}
