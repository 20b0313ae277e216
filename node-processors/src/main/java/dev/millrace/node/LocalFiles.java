package dev.millrace.node;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The files of the machine that workflows may use. Every method refuses what lies outside the
 * allowed folders, however the path leads there, with {@code FILE_FORBIDDEN}. Thread-safe; blocks.
 */
public interface LocalFiles {
  /**
   * The regular files that a pattern names, sorted by path: {@code *}, {@code **}, {@code ?},
   * {@code [abc]}, {@code {a,b}}, {@code @(a|b)} and {@code ?(a|b)}; a backslash takes the meaning
   * from the character behind it. Names that begin with a dot match only where the pattern has the
   * dot. A pattern without any of them names one file.
   *
   * @return paths as {@link #open} takes them; empty when nothing matches
   */
  List<String> find(String pattern) throws IOException;

  /**
   * A regular file. The caller closes the stream.
   *
   * @throws MillraceException with {@code UNREADABLE_FILE} when there is none
   */
  InputStream open(String path) throws IOException;

  /**
   * Writes a file in a folder that exists. A new file appears as a whole or not at all, also in the
   * place of an old one; what is appended appears as it is written.
   *
   * <p>Delivery: writing twice leaves the same file, appending twice does not.
   */
  void write(String path, BinaryStore.Body content, boolean append) throws IOException;

  /** No folder is allowed. */
  static LocalFiles none() {
    return new LocalFiles() {
      @Override
      public List<String> find(String pattern) {
        throw forbidden(pattern);
      }

      @Override
      public InputStream open(String path) {
        throw forbidden(path);
      }

      @Override
      public void write(String path, BinaryStore.Body content, boolean append) {
        throw forbidden(path);
      }

      private static MillraceException forbidden(String path) {
        return new MillraceException(
            ErrorCode.FILE_FORBIDDEN, "Workflows may not use files of this machine: " + path);
      }
    };
  }
}
