package dev.millrace.standalone.conformance;

import dev.millrace.http.OutgoingHttp;
import dev.millrace.node.NodeCredentials;
import dev.millrace.workflow.WorkflowNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outside of the workflow that runs, as it was recorded: services answer from a local server,
 * and every credential is the dummy that the recording used. One workflow at a time.
 */
public final class RecordedOutside implements NodeCredentials, AutoCloseable {
  private final MockServer server = new MockServer();
  private final OutgoingHttp http = server.client();
  private volatile Map<String, Map<String, @Nullable Object>> credentials = Map.of();

  /** From now on it is the outside of this workflow file. */
  public void play(Path workflow) {
    RecordedExchanges recorded = RecordedExchanges.of(workflow);
    credentials = recorded.credentials();
    server.play(recorded.mocks());
  }

  /** The way out, which leads to the recordings whatever host is named. */
  public OutgoingHttp http() {
    return http;
  }

  @Override
  public Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
    return Optional.ofNullable(credentials.get(type));
  }

  @Override
  public void close() {
    http.close();
    server.close();
  }
}
