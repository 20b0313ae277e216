package dev.millrace.control.workflows;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Where changes wait that the engine is to hear of. Each is added in the transaction that makes it,
 * so both are there or neither. Thread-safe.
 */
public final class EngineOutbox {
  /** One addition at a time, held until the commit. */
  private static final long LOCK = 0x6d696c6c72616365L;

  private final Runnable added;

  /**
   * @param added called after each commit that has something for the engine; must not block
   */
  public EngineOutbox(Runnable added) {
    this.added = added;
  }

  /** A workflow runs in a version now; null withdraws it. */
  void definition(Handle handle, String workflowId, @Nullable Integer version) {
    add(handle, OutboxRow.Kind.DEFINITION, workflowId, null, version);
  }

  /** A workflow belongs to another project now. */
  void project(Handle handle, String workflowId) {
    add(handle, OutboxRow.Kind.PROJECT, workflowId, null, null);
  }

  /**
   * Variables are others now.
   *
   * @param projectId whose; null for those of the installation
   */
  public void variables(Handle handle, @Nullable String projectId) {
    add(handle, OutboxRow.Kind.VARIABLES, null, projectId, null);
  }

  /**
   * The lock is held until the commit, so that ids grow in the order of commits: whoever reads them
   * in order misses none.
   */
  private void add(
      Handle handle,
      OutboxRow.Kind kind,
      @Nullable String workflowId,
      @Nullable String projectId,
      @Nullable Integer version) {
    handle
        .createQuery("select pg_advisory_xact_lock(:lock)::text")
        .bind("lock", LOCK)
        .mapTo(String.class)
        .one();
    handle
        .createUpdate(
            "insert into outbox (kind, workflow_id, project_id, version) values (:kind, :workflow,"
                + " :project, :version)")
        .bind("kind", kind.column())
        .bind("workflow", workflowId)
        .bind("project", projectId)
        .bind("version", version)
        .execute();
    handle.afterCommit(added);
  }
}
