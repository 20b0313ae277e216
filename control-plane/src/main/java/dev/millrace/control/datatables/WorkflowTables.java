package dev.millrace.control.datatables;

import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.TableStore;
import dev.millrace.workflow.WorkflowDocument;
import java.util.Optional;
import java.util.function.Function;

/** The data tables of projects for the nodes of their workflows. Thread-safe. */
public final class WorkflowTables implements TableStore {
  private final Database database;
  private final Function<String, Optional<String>> projects;
  private final DataTables tables;

  /**
   * @param projects the project that a workflow belongs to, by its id
   * @param mostBytes that the rows of all tables may take together
   */
  public WorkflowTables(
      Database database, Function<String, Optional<String>> projects, long mostBytes) {
    this.database = database;
    this.projects = projects;
    this.tables = new DataTables(mostBytes);
  }

  @Override
  public Tables of(WorkflowDocument workflow) {
    return new ProjectTables(database, () -> project(workflow), tables);
  }

  private String project(WorkflowDocument workflow) {
    return workflow
        .id()
        .flatMap(projects)
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.NOT_FOUND,
                "The workflow belongs to no project, so it has no data tables"));
  }
}
