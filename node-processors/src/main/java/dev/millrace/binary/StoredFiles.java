package dev.millrace.binary;

import java.io.IOException;
import java.time.Instant;

/**
 * The files of a store by the executions that wrote them, for those who clean up. Thread-safe;
 * blocks. Files are written meanwhile.
 */
public interface StoredFiles {
  /** What becomes of the files of an execution. */
  enum Fate {
    /** They stay as they are. */
    KEEP,
    /** They stay, and count as written now. */
    RENEW,
    /** They go. */
    DELETE
  }

  /** Decides about the files of one execution. */
  @FunctionalInterface
  interface Review {
    /**
     * @param lastSign when the execution last wrote a file or was renewed
     */
    Fate of(String executionId, Instant lastSign);
  }

  /**
   * Removes all files of an execution; does nothing when it has none. Files that are being written
   * at this moment may survive it; a later {@link #review} finds them.
   */
  void delete(String executionId) throws IOException;

  /**
   * Asks about every execution that has files and gave no sign since a time. What was left of
   * writing that never ended goes with the execution's files.
   *
   * @return how many executions lost their files
   * @throws IOException when the store cannot be read; what was decided until then is done
   */
  int review(Instant quietSince, Review review) throws IOException;
}
