package dev.millrace.node;

import dev.millrace.item.BinaryData;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The files of items, outside the items. Content is streamed both ways and never held as a whole.
 * Thread-safe; blocks, so it is for effect workers and the edge, not for stream threads.
 */
public interface BinaryStore {
  /**
   * The content of an item's file, wherever it is kept: inside the item or in the store. The caller
   * closes the stream.
   *
   * @throws IOException when it cannot be read, with what to do in the message
   */
  InputStream open(BinaryData file) throws IOException;

  /**
   * Keeps a file for an execution and describes it as n8n does (type, extension, size).
   *
   * <p>Delivery: a run that is made again stores its files again; those of the run that did not
   * count are removed with the execution's.
   *
   * @param executionId whose retention the file shares
   * @param mimeType null to find it by name and content
   * @param fileName null when it has none
   */
  BinaryData write(
      String executionId, InputStream content, @Nullable String mimeType, @Nullable String fileName)
      throws IOException;

  /** For processes that run no effects: there are no files. */
  static BinaryStore none() {
    return new BinaryStore() {
      @Override
      public InputStream open(BinaryData file) throws IOException {
        throw new IOException("this process keeps no files");
      }

      @Override
      public BinaryData write(
          String executionId,
          InputStream content,
          @Nullable String mimeType,
          @Nullable String fileName)
          throws IOException {
        throw new IOException("this process keeps no files");
      }
    };
  }
}
