package dev.millrace.registry;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/** The rule by which schemas may change: each version reads all others and is read by them. */
public final class Compatibility {
  private Compatibility() {}

  /**
   * @throws MillraceException {@code INCOMPATIBLE_SCHEMA}, naming what is wrong
   */
  public static void requireFullTransitive(
      String subject, Schema schema, List<Schema> predecessors) {
    for (int i = 0; i < predecessors.size(); i++) {
      Schema earlier = predecessors.get(i);
      requireReadable(subject, schema, earlier, "reads no records of version " + (i + 1));
      requireReadable(subject, earlier, schema, "cannot be read by version " + (i + 1));
    }
  }

  private static void requireReadable(
      String subject, Schema reader, Schema writer, String consequence) {
    var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
    if (result.getCompatibility() != SchemaCompatibilityType.COMPATIBLE) {
      throw new MillraceException(
          ErrorCode.INCOMPATIBLE_SCHEMA,
          "the schema of \""
              + subject
              + "\" "
              + consequence
              + ": "
              + result.getIncompatibilities());
    }
  }
}
