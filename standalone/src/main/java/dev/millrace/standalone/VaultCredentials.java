package dev.millrace.standalone;

import dev.millrace.control.credentials.LeaseSource;
import dev.millrace.control.credentials.VaultCredentialStore;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.node.NodeCredentials;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of the vault for nodes and webhooks of this process, and before them those of the
 * file that an operator names. The engine may run before the vault is open: who needs a credential
 * then waits for it as for a vault that is slow. Thread-safe.
 */
final class VaultCredentials implements CredentialStore {
  private final CredentialStore file;
  private final CompletableFuture<LeaseSource> vault = new CompletableFuture<>();
  private final VaultCredentialStore leased =
      new VaultCredentialStore(request -> vault.join().lease(request));

  VaultCredentials(CredentialStore file) {
    this.file = file;
  }

  /** The vault is open. */
  void opened(LeaseSource leases) {
    vault.complete(leases);
  }

  @Override
  public Optional<Map<String, @Nullable Object>> find(String workflowId, Key key) {
    Optional<Map<String, @Nullable Object>> found = file.find(workflowId, key);
    return found.isPresent() || workflowId.isEmpty()
        ? found
        : leased.find(workflowId, key.type(), key.id(), key.name());
  }

  @Override
  public Optional<Map<String, @Nullable Object>> limits(String workflowId, Key key) {
    return workflowId.isEmpty() || file.find(workflowId, key).isPresent()
        ? file.limits(workflowId, key)
        : leased.limits(workflowId, key.type(), key.id(), key.name());
  }

  @Override
  public NodeCredentials of(WorkflowDocument workflow) {
    return workflow.id().<NodeCredentials>map(OfWorkflow::new).orElse(this);
  }

  private Optional<Map<String, @Nullable Object>> renewed(
      String workflowId, Key key, String refused) {
    return file.find(workflowId, key).isPresent()
        ? Optional.empty()
        : leased.renewed(workflowId, key.type(), key.id(), key.name(), refused);
  }

  /** Those that the nodes of one workflow name. */
  private final class OfWorkflow implements NodeCredentials {
    private final String workflowId;

    OfWorkflow(String workflowId) {
      this.workflowId = workflowId;
    }

    @Override
    public Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
      return Key.of(node, type).flatMap(key -> VaultCredentials.this.find(workflowId, key));
    }

    @Override
    public Optional<Map<String, @Nullable Object>> limits(WorkflowNode node, String type) {
      return Key.of(node, type).flatMap(key -> VaultCredentials.this.limits(workflowId, key));
    }

    @Override
    public Optional<Map<String, @Nullable Object>> renewed(
        WorkflowNode node, String type, String refused) {
      return Key.of(node, type)
          .flatMap(key -> VaultCredentials.this.renewed(workflowId, key, refused));
    }
  }
}
