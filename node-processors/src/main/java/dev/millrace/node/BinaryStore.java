package dev.millrace.node;

import dev.millrace.item.BinaryData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The files of items, outside the items. Content is streamed both ways and never held as a whole.
 * Thread-safe; blocks, so it is for effect workers and the edge, not for stream threads.
 */
public interface BinaryStore {
  /** Content that is made while it is stored. */
  @FunctionalInterface
  interface Body {
    /** Writes all of it once; leaves the stream open. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * The content of an item's file, wherever it is kept: inside the item or in the store. The caller
   * closes the stream.
   *
   * @throws dev.millrace.error.MillraceException with {@code FILE_GONE} when the store has no such
   *     file, or has it no longer
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
   * @param content read to its end, not closed
   * @param mimeType null to find it by name and content
   * @param fileName null when it has none
   * @throws dev.millrace.error.MillraceException with {@code FILE_TOO_LARGE} when it is over the
   *     store's limit; nothing is kept then
   */
  BinaryData write(
      String executionId, InputStream content, @Nullable String mimeType, @Nullable String fileName)
      throws IOException;

  /** As the other, for content that is written and not read. */
  default BinaryData write(
      String executionId, Body content, @Nullable String mimeType, @Nullable String fileName)
      throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    content.writeTo(whole);
    return write(executionId, new ByteArrayInputStream(whole.toByteArray()), mimeType, fileName);
  }

  /** Reads files that lie in their items and keeps none. */
  static BinaryStore none() {
    return new BinaryStore() {
      @Override
      public InputStream open(BinaryData file) throws IOException {
        if (file.id() != null) {
          throw new IOException("This process has no store for files: give it one");
        }
        return inline(file);
      }

      @Override
      public BinaryData write(
          String executionId,
          InputStream content,
          @Nullable String mimeType,
          @Nullable String fileName)
          throws IOException {
        throw new IOException("This process has no store for files: give it one");
      }
    };
  }

  /** The content of a file that lies in its item. Lenient as Node.js: both Base64 alphabets. */
  static InputStream inline(BinaryData file) {
    byte[] text = file.data().getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < text.length; i++) {
      text[i] = text[i] == '-' ? (byte) '+' : text[i] == '_' ? (byte) '/' : text[i];
    }
    return Base64.getMimeDecoder().wrap(new ByteArrayInputStream(text));
  }
}
