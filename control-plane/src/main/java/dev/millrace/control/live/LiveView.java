package dev.millrace.control.live;

import dev.millrace.control.history.History;
import dev.millrace.control.http.Endpoint;
import dev.millrace.serde.MillraceSerdes;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** What is served of the moment, put together. Thread-safe; closing it ends all streams. */
public final class LiveView implements AutoCloseable {
  private final LiveRoutes routes;
  private final EventRoutes events;

  private LiveView(LiveRoutes routes, EventRoutes events) {
    this.routes = routes;
    this.events = events;
  }

  /**
   * @param live stays the caller's
   * @param bootstrapServers Kafka, with the topic of events
   */
  public static LiveView of(
      LiveExecutions live,
      History history,
      ExecutionProjects projects,
      String bootstrapServers,
      MillraceSerdes serdes,
      InstantSource clock) {
    LiveRoutes routes = new LiveRoutes(live, projects, clock);
    return new LiveView(
        routes,
        EventRoutes.of(
            bootstrapServers,
            serdes,
            new WatchedExecutions(history, live, routes),
            projects,
            EventRoutes.HEARTBEAT));
  }

  public List<Endpoint> endpoints() {
    return Stream.concat(routes.endpoints().stream(), events.endpoints().stream()).toList();
  }

  /** The API of what runs and waits. */
  public LiveRoutes routes() {
    return routes;
  }

  @Override
  public void close() {
    events.close();
  }
}
