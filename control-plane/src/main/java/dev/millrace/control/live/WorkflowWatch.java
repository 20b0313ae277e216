package dev.millrace.control.live;

import dev.millrace.control.http.EventSink;
import dev.millrace.control.http.EventSource;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.ServerEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One reader's view of all executions that he may see, or of those of one workflow, as long as he
 * reads. Runs once.
 */
final class WorkflowWatch implements EventSource {
  private final Optional<String> workflowId;
  private final EventSummaries summaries;
  private final ExecutionProjects projects;
  private final Duration heartbeat;
  private final EventSubscription subscription;
  private final StreamPermits.Permit permit;
  // Until the next heartbeat; a workflow may move, and its reader with it or not.
  private final Map<String, Boolean> visible = new HashMap<>();

  WorkflowWatch(
      Optional<String> workflowId,
      EventSummaries summaries,
      ExecutionProjects projects,
      Duration heartbeat,
      EventSubscription subscription,
      StreamPermits.Permit permit) {
    this.workflowId = workflowId;
    this.summaries = summaries;
    this.projects = projects;
    this.heartbeat = heartbeat;
    this.subscription = subscription;
    this.permit = permit;
  }

  @Override
  public void run(EventSink sink) throws IOException, InterruptedException {
    try (subscription;
        permit) {
      Grant grant = sink.grant();
      Map<String, @Nullable Object> opened = new LinkedHashMap<>();
      opened.put("workflowId", workflowId.orElse(null));
      sink.send(ServerEvent.of("open", opened));
      Heartbeat beats = new Heartbeat(sink, heartbeat);
      while (true) {
        Delivery next = subscription.take(heartbeat);
        Optional<Grant> renewed = beats.beat();
        if (renewed.isPresent()) {
          grant = renewed.get();
          visible.clear();
        }
        if (next != null && covers(grant, next.batch().getWorkflowId())) {
          show(next, sink);
        }
      }
    }
  }

  private boolean covers(Grant grant, String workflow) {
    Boolean known = visible.get(workflow);
    if (known == null) {
      known = projects.covers(grant, workflow);
      visible.put(workflow, known);
    }
    return known;
  }

  private void show(Delivery delivery, EventSink sink) throws IOException {
    for (int i = 0; i < delivery.batch().getEvents().size(); i++) {
      Optional<ServerEvent> event = summaries.of(delivery, i);
      if (event.isPresent()) {
        sink.send(event.get());
      }
    }
  }
}
