package dev.millrace.conformance;

import java.nio.file.Path;
import java.util.List;

/** Reads the cases of one kind of file. */
public interface CaseSuite {
  /**
   * Reads a file into its cases, in the file's order.
   *
   * @throws dev.millrace.error.MillraceException when the file is not of this suite's form
   */
  List<Case> read(Path file);
}
