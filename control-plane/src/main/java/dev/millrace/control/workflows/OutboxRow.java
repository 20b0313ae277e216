package dev.millrace.control.workflows;

import java.util.Locale;
import java.util.Optional;

/**
 * Something that the engine is to hear of.
 *
 * @param id growing in the order of commits
 * @param subject the id of a workflow, or of a project; empty for the installation
 * @param version that was published; empty when the workflow was withdrawn, and for other kinds
 */
record OutboxRow(long id, Kind kind, String subject, Optional<Integer> version) {
  /** What changed. */
  enum Kind {
    /** What is published of a workflow. */
    DEFINITION,
    /** The project of a workflow. */
    PROJECT,
    /** The variables of a project. */
    VARIABLES;

    /** As it stands in the table. */
    String column() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Kind of(String column) {
      return valueOf(column.toUpperCase(Locale.ROOT));
    }
  }
}
