package dev.millrace.control.workflows;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The versions of workflows, and their way into the outbox, in the transaction of the caller.
 * Thread-safe.
 */
public final class WorkflowPublisher {
  private final int maxBytes;
  private final EngineOutbox outbox;

  /**
   * @param maxBytes that a published document may have, so that the topic takes it
   * @param published called after each commit that has something for the engine; must not block
   */
  public WorkflowPublisher(int maxBytes, Runnable published) {
    this.maxBytes = maxBytes;
    this.outbox = new EngineOutbox(published);
  }

  /**
   * Makes the draft of a workflow that is locked the version that runs. The engine has it soon
   * after the commit.
   *
   * @param document the draft
   * @return the new version, or the current one when it has the same content
   * @throws MillraceException {@code WEBHOOK_CONFLICT} or {@code JSON_LIMIT}
   */
  int publish(
      Handle handle, Workflow workflow, WorkflowDocument document, @Nullable String userId) {
    Optional<Integer> current = workflow.published();
    if (current.isPresent()
        && version(handle, workflow.id(), current.get()).equals(Optional.of(workflow.document()))) {
      return current.get();
    }
    if (workflow.document().getBytes(StandardCharsets.UTF_8).length > maxBytes) {
      throw new MillraceException(
          ErrorCode.JSON_LIMIT, "the workflow is larger than " + maxBytes + " bytes");
    }
    claim(handle, workflow.id(), document);
    int version =
        handle
            .createQuery(
                "update workflow set last_version = last_version + 1, published_version ="
                    + " last_version + 1, updated_at = now() where id = :id returning last_version")
            .bind("id", workflow.id())
            .mapTo(Integer.class)
            .one();
    handle
        .createUpdate(
            "insert into workflow_version (workflow_id, version, document, published_by) values"
                + " (:id, :version, :document, :user)")
        .bind("id", workflow.id())
        .bind("version", version)
        .bind("document", workflow.document())
        .bind("user", userId)
        .execute();
    outbox.definition(handle, workflow.id(), version);
    return version;
  }

  /** Takes back what is published of a workflow that is locked; what runs goes on. */
  void withdraw(Handle handle, Workflow workflow) {
    if (workflow.published().isPresent()) {
      handle.execute(
          "update workflow set published_version = null, updated_at = now() where id = ?",
          workflow.id());
      handle.execute("delete from webhook_claim where workflow_id = ?", workflow.id());
      outbox.definition(handle, workflow.id(), null);
    }
  }

  /** Tells the engine that a workflow belongs to another project now. */
  void moved(Handle handle, Workflow workflow) {
    outbox.project(handle, workflow.id());
  }

  /** The document of a version. */
  Optional<String> version(Handle handle, String id, int version) {
    return handle
        .createQuery(
            "select document from workflow_version where workflow_id = :id and version = :version")
        .bind("id", id)
        .bind("version", version)
        .mapTo(String.class)
        .findOne();
  }

  private static void claim(Handle handle, String id, WorkflowDocument document) {
    Map<WebhookEndpoint, String> wanted = WebhookEndpoint.of(document);
    handle.execute("delete from webhook_claim where workflow_id = ?", id);
    wanted.forEach((endpoint, node) -> {
      int got =
          handle.execute(
              "insert into webhook_claim (method, path, workflow_id, node) values (?, ?, ?, ?) on"
                  + " conflict do nothing",
              endpoint.method(),
              endpoint.path(),
              id,
              node);
      if (got == 0) {
        // Whose it is may be nobody's business who publishes: the name of the node is enough.
        String holder =
            handle
                .createQuery("select node from webhook_claim where method = :m and path = :p")
                .bind("m", endpoint.method())
                .bind("p", endpoint.path())
                .mapTo(String.class)
                .findOne()
                .orElse("");
        throw endpoint.taken(node, holder, "another workflow");
      }
    });
  }
}
