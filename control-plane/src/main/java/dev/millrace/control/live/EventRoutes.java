package dev.millrace.control.live;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.EventSource;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Parameter;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.MillraceSerdes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;

/** Events as they happen, over SSE. Thread-safe; closing ends all streams. */
public final class EventRoutes implements AutoCloseable {
  private static final int MOST_STREAMS = 500;
  private static final int MOST_OF_ONE = 25;

  private final WatchedExecutions executions;
  private final ExecutionProjects projects;
  private final EventFeed feed;
  private final EventReplay replay;
  private final Duration heartbeat;
  private final StreamPermits permits = new StreamPermits(MOST_STREAMS, MOST_OF_ONE);

  /** How often is shown that a stream lives: less than proxies wait. */
  public static final Duration HEARTBEAT = Duration.ofSeconds(15);

  EventRoutes(
      WatchedExecutions executions,
      ExecutionProjects projects,
      EventFeed feed,
      EventReplay replay,
      Duration heartbeat) {
    this.executions = executions;
    this.projects = projects;
    this.feed = feed;
    this.replay = replay;
    this.heartbeat = heartbeat;
  }

  /** Of the events topic of a Kafka. */
  static EventRoutes of(
      String bootstrapServers,
      MillraceSerdes serdes,
      WatchedExecutions executions,
      ExecutionProjects projects,
      Duration heartbeat) {
    Supplier<Consumer<byte[], byte[]>> following =
        () -> EventConsumers.of(bootstrapServers, "latest");
    Supplier<Consumer<byte[], byte[]>> replaying =
        () -> EventConsumers.of(bootstrapServers, "none");
    return new EventRoutes(
        executions,
        projects,
        new EventFeed(following, serdes),
        new EventReplay(replaying, serdes),
        heartbeat);
  }

  public List<Endpoint> endpoints() {
    Access read = new Access.Project(Scope.EXECUTION_READ);
    Parameter data =
        Parameter.flag("data", "Whether events hold what nodes answered, up to 256 KiB each");
    return List.of(
        new Endpoint(
                "GET",
                "/api/executions/{id}/events",
                "executions.events",
                "What happens in an execution, as it does (SSE); ends with it",
                read,
                this::ofExecution)
            .query(data)
            .givesText(Answer.EVENTS)
            .orNothing()
            .fails(
                ErrorCode.TOO_MANY_STREAMS,
                ErrorCode.BROKER_UNAVAILABLE,
                ErrorCode.LIVE_STATE_UNAVAILABLE,
                ErrorCode.DATABASE_UNAVAILABLE),
        new Endpoint(
                "GET",
                "/api/events",
                "events.watch",
                "What happens in all executions that one may see, as it does (SSE)",
                read,
                this::ofWorkflows)
            .query(Parameter.text("workflowId", "Only executions of this workflow"), data)
            .givesText(Answer.EVENTS)
            .fails(
                ErrorCode.NOT_FOUND,
                ErrorCode.TOO_MANY_STREAMS,
                ErrorCode.BROKER_UNAVAILABLE,
                ErrorCode.DATABASE_UNAVAILABLE));
  }

  private Answer ofExecution(Call call) {
    Optional<String> last = call.header().apply("last-event-id").filter(id -> !id.isBlank());
    if (last.filter(ExecutionWatch.END::equals).isPresent()) {
      // What tells a browser not to come again.
      return Answer.none();
    }
    Optional<EventId> from =
        last.map(text ->
            EventId.of(text)
                .orElseThrow(() -> Call.invalid("Last-Event-ID must be the id of an event")));
    return Answer.events(
        watch(
            call.grant(),
            call.principal().userId(),
            call.path("id"),
            from,
            new EventSummaries(call.flag("data"))));
  }

  /**
   * A view of one execution, to be run.
   *
   * @throws MillraceException {@code NOT_FOUND} and others that are told before the first event
   */
  EventSource watch(
      Grant grant, String user, String id, Optional<EventId> from, EventSummaries summaries) {
    WatchedExecution now =
        executions
            .find(grant, id)
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no execution " + id));
    if (now.over() && from.isEmpty()) {
      return sink -> ExecutionWatch.end(now, sink);
    }
    StreamPermits.Permit permit = permits.enter(user);
    try {
      return new ExecutionWatch(
          id,
          from,
          summaries,
          new ExecutionWatch.Parts(executions, projects, replay, heartbeat),
          feed.subscribe(Interest.inExecution(id)),
          permit);
    } catch (RuntimeException failed) {
      permit.close();
      throw failed;
    }
  }

  private Answer ofWorkflows(Call call) {
    Optional<String> workflowId = call.query("workflowId");
    if (workflowId.filter(id -> !projects.covers(call.grant(), id)).isPresent()) {
      throw new MillraceException(
          ErrorCode.NOT_FOUND, "There is no workflow " + workflowId.orElseThrow());
    }
    StreamPermits.Permit permit = permits.enter(call.principal().userId());
    try {
      return Answer.events(
          new WorkflowWatch(
              workflowId,
              new EventSummaries(call.flag("data")),
              projects,
              heartbeat,
              feed.subscribe(Interest.inWorkflow(workflowId)),
              permit));
    } catch (RuntimeException failed) {
      permit.close();
      throw failed;
    }
  }

  @Override
  public void close() {
    feed.close();
  }
}
