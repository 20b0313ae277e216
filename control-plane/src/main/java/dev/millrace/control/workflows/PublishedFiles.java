package dev.millrace.control.workflows;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Grant;
import dev.millrace.workflow.WorkflowDocument;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Publishes workflows from files: they belong to a project of their own, which admins see, and can
 * be looked at there as any other. Thread-safe.
 */
public final class PublishedFiles {
  /** The project's id; no other has one like it. */
  public static final String PROJECT = "files";

  private final Database database;
  private final Workflows workflows;
  private final WorkflowPublisher publisher;

  public PublishedFiles(Database database, Workflows workflows, WorkflowPublisher publisher) {
    this.database = database;
    this.workflows = workflows;
    this.publisher = publisher;
  }

  /** The version of a workflow that runs now. */
  public Optional<Integer> version(String id) {
    return database
        .jdbi()
        .withHandle(handle -> workflows.find(handle, Grant.all(), id))
        .flatMap(Workflow::published);
  }

  /**
   * Saves a document as the draft of a workflow, which is made when it is not there, and publishes
   * it. The engine has it soon after.
   *
   * @return the new version, or the current one when it has the same content
   * @throws dev.millrace.error.MillraceException {@code WEBHOOK_CONFLICT} or {@code JSON_LIMIT}
   */
  public int publish(String id, WorkflowDocument document) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          project(handle);
          Optional<Workflow> found = workflows.find(handle, Grant.all(), id);
          Workflow draft;
          if (found.isEmpty()) {
            draft = workflows.create(handle, id, PROJECT, document, null);
          } else {
            Workflow now = workflows.lock(handle, Grant.all(), id);
            draft =
                Workflows.document(now).raw().equals(document.raw())
                    ? now
                    : workflows.save(handle, now, document, null);
            if (now.archived()) {
              workflows.archive(handle, now, false);
            }
          }
          return publisher.publish(handle, draft, document, null);
        });
  }

  /** Takes back what a file published; what runs goes on, and the draft stays. */
  public void withdraw(String id) {
    database
        .jdbi()
        .useTransaction(handle -> {
          if (workflows.find(handle, Grant.all(), id).isPresent()) {
            publisher.withdraw(handle, workflows.lock(handle, Grant.all(), id));
          }
        });
  }

  /** Whether nothing was ever defined in this database. */
  public boolean empty() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select not exists (select 1 from workflow) and not exists (select 1 from"
                        + " workflow_version) and not exists (select 1 from known_version)")
                .mapTo(Boolean.class)
                .one());
  }

  /**
   * Lets versions go on behind those that were published before there was this database: executions
   * may still run them.
   *
   * @param lastVersions by workflow
   */
  public void continueAfter(Map<String, Integer> lastVersions) {
    database
        .jdbi()
        .useTransaction(handle ->
            lastVersions.forEach((id, version) ->
                handle.execute(
                    "insert into known_version (workflow_id, version) values (?, ?) on conflict do"
                        + " nothing",
                    id,
                    version)));
  }

  /** Whether something that is published has not reached the engine's topic yet. */
  public boolean waiting() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle.createQuery("select exists (select 1 from outbox)").mapTo(Boolean.class).one());
  }

  private static void project(Handle handle) {
    handle.execute(
        "insert into project (id, name, type) values (?, 'Workflow files', 'team') on conflict do"
            + " nothing",
        PROJECT);
  }
}
