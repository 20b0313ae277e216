package dev.millrace.control.workflows;

import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Grant;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What callers do to workflows: each in one transaction, which has the workflow locked and notes in
 * the audit log what was done. Each finds only what the call's grant covers, and throws {@code
 * NOT_FOUND} for anything else. Where a call has {@code If-Match}, a draft that is not the one it
 * names is not touched: {@code CONFLICT}. Thread-safe.
 */
public final class WorkflowActions {
  private final Database database;
  private final Workflows workflows;
  private final WorkflowPublisher publisher;
  private final WorkflowRevisions revisions;
  private final Projects projects;
  private final WorkflowCheck check;
  private final BiConsumer<String, String> moved;

  /**
   * @param moved told a workflow and its new project once that is committed: what else belongs to
   *     the workflow follows
   */
  public WorkflowActions(
      Database database,
      Workflows workflows,
      WorkflowPublisher publisher,
      Projects projects,
      WorkflowCheck check,
      BiConsumer<String, String> moved) {
    this.database = database;
    this.workflows = workflows;
    this.publisher = publisher;
    this.revisions = new WorkflowRevisions(database);
    this.projects = projects;
    this.check = check;
    this.moved = moved;
  }

  /** What is done to a workflow in a transaction that has it locked. */
  @FunctionalInterface
  private interface Change {
    /** Does it, and answers what the audit log is to say of it. */
    Map<String, ? extends @Nullable Object> make(Handle handle, Workflow now);
  }

  /** Whom a workflow has to belong to for a change. */
  private enum Reach {
    /** To a project of the grant. */
    OWNED,
    /** The same, or it is shared with one. */
    SHARED
  }

  /** What becomes of the version that runs when a new draft is saved. */
  public enum WhenPublished {
    /** It goes on. */
    KEEP,
    /** The new draft takes its place, and is refused when it cannot run. */
    REPUBLISH
  }

  /** A workflow that the call may see. */
  public Workflow get(Call call, String id) {
    return database
        .jdbi()
        .withHandle(handle -> workflows.find(handle, call.grant(), id))
        .orElseThrow(() -> Workflows.none(id));
  }

  /**
   * Makes a workflow.
   *
   * @param project that it is to belong to; empty for the caller's own
   */
  public Workflow create(Call call, Optional<String> project, WorkflowDocument document) {
    String user = call.principal().userId();
    String owner = projects.require(call.grant(), project.orElseGet(() -> projects.personal(user)));
    return database
        .jdbi()
        .inTransaction(handle -> {
          Workflow created = workflows.create(handle, null, owner, document, user);
          Audit.note(handle, call, "workflow.create", created.id(), owner, Map.of());
          return created;
        });
  }

  /**
   * Saves a new draft.
   *
   * @param edit makes it of the one that is there; called once, while the workflow is locked
   */
  public Workflow update(
      Call call, String id, WhenPublished published, UnaryOperator<WorkflowDocument> edit) {
    return change(
        call,
        id,
        "workflow.update",
        Reach.SHARED,
        (handle, now) -> {
          requireMatch(call, now);
          WorkflowDocument draft = edit.apply(Workflows.document(now));
          String user = call.principal().userId();
          Workflow next = workflows.save(handle, now, draft, user);
          Map<String, @Nullable Object> details = new LinkedHashMap<>();
          details.put("revision", (double) next.revision());
          if (published == WhenPublished.REPUBLISH && now.published().isPresent()) {
            check.require(draft);
            details.put("version", (double) publisher.publish(handle, next, draft, user));
          }
          return details;
        });
  }

  /**
   * Removes a workflow; what runs goes on.
   *
   * @return it as it was
   */
  public Workflow delete(Call call, String id) {
    return change(
        call,
        id,
        "workflow.delete",
        Reach.OWNED,
        (handle, now) -> {
          publisher.withdraw(handle, now);
          workflows.delete(handle, now);
          return Map.of();
        });
  }

  /**
   * Makes a draft the version that runs.
   *
   * @param revision of a draft that was saved; empty for the last
   * @throws MillraceException {@code CONFLICT} for one that is archived, what {@link WorkflowCheck}
   *     and {@link WorkflowPublisher} refuse, and {@code NOT_FOUND} for no such revision
   */
  public Workflow publish(Call call, String id, Optional<Integer> revision) {
    return change(
        call,
        id,
        "workflow.publish",
        Reach.SHARED,
        (handle, now) -> {
          requireMatch(call, now);
          if (now.archived()) {
            throw new MillraceException(
                ErrorCode.CONFLICT, "The workflow is archived; take it out of there first");
          }
          Workflow chosen =
              revision
                  .map(number ->
                      new Workflow(
                          now.summary(),
                          revisions
                              .find(handle, id, number)
                              .orElseThrow(() -> WorkflowRevisions.none(id, String.valueOf(number)))
                              .document()))
                  .orElse(now);
          WorkflowDocument document = Workflows.document(chosen);
          check.require(document);
          int version = publisher.publish(handle, chosen, document, call.principal().userId());
          return Map.of("version", (double) version);
        });
  }

  /** Nothing starts it any more; what runs goes on. */
  public Workflow withdraw(Call call, String id) {
    return change(
        call,
        id,
        "workflow.withdraw",
        Reach.SHARED,
        (handle, now) -> {
          publisher.withdraw(handle, now);
          return Map.of();
        });
  }

  /** Withdraws a workflow and takes it out of lists, or puts it back into them. */
  public Workflow archive(Call call, String id, boolean archived) {
    return change(
        call,
        id,
        archived ? "workflow.archive" : "workflow.unarchive",
        Reach.OWNED,
        (handle, now) -> {
          if (archived) {
            publisher.withdraw(handle, now);
          }
          workflows.archive(handle, now, archived);
          return Map.of();
        });
  }

  /** Gives a workflow to another project that the grant covers. */
  public Workflow move(Call call, String id, String project) {
    projects.require(call.grant(), project);
    Workflow there =
        change(
            call,
            id,
            "workflow.move",
            Reach.OWNED,
            (handle, now) -> {
              workflows.move(handle, now, project);
              publisher.moved(handle, now);
              return Map.of("from", now.projectId());
            });
    moved.accept(there.id(), project);
    return there;
  }

  /** Lets the members of a project use a workflow, or takes that back. */
  void share(Call call, String id, String project, boolean shared) {
    projects.require(Grant.all(), project);
    change(
        call,
        id,
        shared ? "workflow.share" : "workflow.unshare",
        Reach.OWNED,
        (handle, now) -> {
          if (shared) {
            workflows.share(handle, now, project);
          } else {
            workflows.unshare(handle, now, project);
          }
          return Map.of("with", project);
        });
  }

  /** The document of a version that was published, also of a workflow that is gone. */
  public Optional<WorkflowDocument> version(String id, int version) {
    return database
        .jdbi()
        .withHandle(handle -> publisher.version(handle, id, version))
        .map(text -> WorkflowDocument.parse(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Changes a workflow and notes it.
   *
   * @return the workflow as it is then; as it was, where it is gone
   */
  private Workflow change(Call call, String id, String action, Reach reach, Change change) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          Workflow before =
              reach == Reach.OWNED
                  ? workflows.lockOwned(handle, call.grant(), id)
                  : workflows.lock(handle, call.grant(), id);
          Map<String, ? extends @Nullable Object> details = change.make(handle, before);
          Workflow after = workflows.find(handle, Grant.all(), id).orElse(before);
          Audit.note(handle, call, action, id, after.projectId(), details);
          return after;
        });
  }

  private static void requireMatch(Call call, Workflow now) {
    Optional<String> expected = call.header().apply("if-match");
    if (expected.isPresent() && !expected.get().equals("*") && !expected.get().equals(now.etag())) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "Somebody else saved the workflow: it is at revision " + now.etag());
    }
  }
}
