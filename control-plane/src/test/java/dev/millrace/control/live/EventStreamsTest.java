package dev.millrace.control.live;

import static dev.millrace.control.history.EventStream.BEGIN;
import static dev.millrace.control.history.EventStream.ended;
import static dev.millrace.control.history.EventStream.ran;
import static dev.millrace.control.history.EventStream.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.EventStream;
import dev.millrace.control.history.EventsBroker;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.history.KnownWorkflows;
import dev.millrace.control.history.Position;
import dev.millrace.control.history.Projector;
import dev.millrace.control.history.SavePolicy;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Api;
import dev.millrace.control.http.ApiRouting;
import dev.millrace.control.http.Authority;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.RateLimit;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Streams of events from a real topic to readers over HTTP. */
@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
final class EventStreamsTest {
  private static final Map<String, ExecutionProjects.Workflow> WORKFLOWS =
      Map.of(
          "flow", new ExecutionProjects.Workflow("A flow", "one"),
          "other", new ExecutionProjects.Workflow("Other", "two"));

  private final PostgresHistory history;
  private final EventStream stream = new EventStream();
  private final Engine engine = new Engine();
  private final People people = new People();
  private final HttpClient client = HttpClient.newHttpClient();
  private EventsBroker broker;
  private EventRoutes routes;
  private WebServer server;
  private int count;

  /** An engine that has what a test gives it. */
  private static final class Engine implements LiveExecutions {
    private final Map<String, LiveExecution> executions = new ConcurrentHashMap<>();

    void has(String id, String workflowId, long sequence) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", id);
      json.put("status", "running");
      executions.put(
          id, new LiveExecution(id, workflowId, ExecutionStatus.RUNNING, BEGIN, sequence, json));
    }

    @Override
    public Page list(Wanted wanted, Optional<String> after, int limit) {
      return new Page(List.copyOf(executions.values()), Optional.empty(), true);
    }

    @Override
    public Optional<LiveExecution> find(String id) {
      return Optional.ofNullable(executions.get(id));
    }

    @Override
    public Counts counts() {
      return new Counts(List.of(), true);
    }

    @Override
    public List<Limit> limits() {
      return List.of();
    }
  }

  /** Whoever says his project's name belongs to it, until he is thrown out. */
  private static final class People implements Authority {
    private final Set<String> out = ConcurrentHashMap.newKeySet();

    @Override
    public Optional<Principal> identify(Function<String, Optional<String>> header) {
      return header
          .apply("authorization")
          .map(name -> {
            if (out.contains(name)) {
              throw new MillraceException(ErrorCode.NOT_SIGNED_IN, "thrown out");
            }
            return new Principal(
                name, name + "@example.com", Role.MEMBER, Optional.empty(), Optional.empty());
          });
    }

    @Override
    public Set<String> projects(Principal principal, Scope scope) {
      return Set.of(principal.userId());
    }
  }

  @SuppressWarnings("NullAway") // Made before the first test.
  EventStreamsTest(Database database) {
    history = new PostgresHistory(database);
  }

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    broker = new EventsBroker(folder);
  }

  @AfterAll
  void stop() {
    broker.close();
    client.close();
  }

  @BeforeEach
  void serve() {
    ExecutionProjects projects =
        new ExecutionProjects(
            new ExecutionProjects.Workflows() {
              @Override
              public Map<String, ExecutionProjects.Workflow> find(Set<String> ids) {
                return WORKFLOWS.entrySet().stream()
                    .filter(workflow -> ids.contains(workflow.getKey()))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
              }

              @Override
              public Set<String> of(Grant grant) {
                return WORKFLOWS.entrySet().stream()
                    .filter(workflow -> grant.covers(workflow.getValue().projectId()))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
              }
            });
    LiveRoutes live = new LiveRoutes(engine, projects, InstantSource.system());
    routes =
        EventRoutes.of(
            broker.bootstrapServers(),
            stream.serdes(),
            new WatchedExecutions(history, engine, live),
            projects,
            Duration.ofMillis(200));
    RateLimit unlimited = caller -> new RateLimit.Standing(1_000, 1_000, 60);
    HttpRouting.Builder routing = HttpRouting.builder();
    new ApiRouting(new Api(routes.endpoints(), people, unlimited)).addTo(routing);
    server =
        WebServer.builder().host("127.0.0.1").port(0).shutdownHook(false).routing(routing).build();
    server.start();
  }

  @AfterEach
  void close() {
    routes.close();
    server.stop();
    people.out.clear();
  }

  private EventReader read(String who, String path, String... headers) throws Exception {
    List<String> all = new ArrayList<>(List.of("authorization", who));
    all.addAll(List.of(headers));
    return new EventReader(
        client, URI.create("http://127.0.0.1:" + server.port() + path), all.toArray(new String[0]));
  }

  private byte[] batch(String id, String workflow, Object... events) {
    stream.append(0, id, workflow, BEGIN, events);
    return stream.from(0, 0).getLast().value();
  }

  private void happens(String id, String workflow, Object... events) {
    broker.write(id, batch(id, workflow, events), true);
  }

  /** An execution that the engine has, and whose beginning is in the topic. */
  private String begun(String workflow) {
    String id = "execution-" + count++;
    happens(id, workflow, started("webhook", BEGIN));
    engine.has(id, workflow, 0);
    return id;
  }

  @Test
  void aReaderSeesWhereItStandsThenEachEventAndTheEnd() throws Exception {
    String id = begun("flow");
    try (EventReader reader = read("one", "/api/executions/" + id + "/events")) {
      assertThat(reader.status()).isEqualTo(200);
      EventReader.Event state = reader.next();
      assertThat(state.name()).isEqualTo("state");
      assertThat(state.data()).containsEntry("status", "running");

      happens(id, "flow", ran("Set", 0, 0, BEGIN, "{\"secret\":1}", "{}"));
      broker.write(id, batch("never", "flow", ran("Aborted", 0, 0, BEGIN)), false);
      happens(
          id,
          "flow",
          ran("Last", 0, 1, BEGIN),
          ended("error", "{\"message\":\"it broke\",\"stack\":\"secret\"}", BEGIN));

      EventReader.Event set = reader.next();
      assertThat(set.name()).isEqualTo("node.completed");
      assertThat(set.data())
          .containsEntry("node", "Set")
          .containsEntry("run", 0.0)
          .containsEntry("status", "success")
          .containsEntry("durationMs", 1.6)
          .doesNotContainKey("data");
      assertThat(String.valueOf(set.data().get("items"))).isEqualTo("[2.0, null]");
      assertThat(reader.next().data()).containsEntry("node", "Last");
      EventReader.Event end = reader.next();
      assertThat(end.name()).isEqualTo("execution.ended");
      assertThat(end.data()).containsEntry("status", "error");
      assertThat(end.data().toString()).contains("it broke").doesNotContain("secret");
      EventReader.Event last = reader.next();
      assertThat(last).isEqualTo(new EventReader.Event("end", "end", Map.of()));
      assertThat(reader.next()).isEqualTo(EventReader.END);
    }
    try (EventReader again =
        read("one", "/api/executions/" + id + "/events", "last-event-id", "end")) {
      assertThat(again.status()).isEqualTo(204);
    }
  }

  @Test
  void dataIsForThoseWhoAskForIt() throws Exception {
    String id = begun("flow");
    try (EventReader reader = read("one", "/api/executions/" + id + "/events?data=true")) {
      reader.next();
      happens(id, "flow", ran("Set", 0, 0, BEGIN, "{\"a\":1}"));
      assertThat(String.valueOf(reader.next().data().get("data"))).contains("{json={a=1.0}");
      happens(id, "flow", ran("Big", 0, 1, BEGIN, "{\"a\":\"" + "x".repeat(300_000) + "\"}"));
      assertThat(reader.next().data()).containsEntry("data", null).containsKey("dataBytes");
    }
  }

  @Test
  void whoWasAwayGoesOnWhereHeWas() throws Exception {
    String id = begun("flow");
    EventReader.Event seen;
    try (EventReader reader = read("one", "/api/executions/" + id + "/events")) {
      reader.next();
      happens(id, "flow", ran("A", 0, 0, BEGIN), ran("B", 0, 1, BEGIN));
      seen = reader.next();
      assertThat(seen.data()).containsEntry("node", "A");
    }
    happens(id, "flow", ran("C", 0, 2, BEGIN));
    String path = "/api/executions/" + id + "/events";
    try (EventReader reader = read("one", path, "last-event-id", seen.id())) {
      assertThat(reader.next().data()).containsEntry("node", "B");
      assertThat(reader.next().data()).containsEntry("node", "C");
      happens(id, "flow", ran("D", 0, 3, BEGIN));
      assertThat(reader.next().data()).containsEntry("node", "D");
    }
    try (EventReader reader = read("one", path, "last-event-id", "0-999999-0")) {
      assertThat(reader.names(2)).containsExactly("gap", "state");
    }
    try (EventReader reader = read("one", path, "last-event-id", "nonsense")) {
      assertThat(reader.status()).isEqualTo(400);
    }
  }

  @Test
  void nobodySeesWhatIsNotHis() throws Exception {
    String id = begun("flow");
    try (EventReader foreign = read("two", "/api/executions/" + id + "/events");
        EventReader unknown = read("two", "/api/events?workflowId=flow")) {
      assertThat(foreign.status()).isEqualTo(404);
      assertThat(unknown.status()).isEqualTo(404);
    }
    try (EventReader one = read("one", "/api/events");
        EventReader two = read("two", "/api/events?workflowId=other")) {
      assertThat(one.names(1)).containsExactly("open");
      assertThat(two.names(1)).containsExactly("open");
      happens(id, "flow", ran("Mine", 0, 0, BEGIN));
      happens("foreign", "other", ran("Theirs", 0, 0, BEGIN));
      happens("nobodys", "unknown", ran("Nobody's", 0, 0, BEGIN));
      happens(id, "flow", ran("Mine again", 0, 1, BEGIN));

      assertThat(one.next().data()).containsEntry("node", "Mine");
      assertThat(one.next().data()).containsEntry("node", "Mine again");
      assertThat(two.next().data()).containsEntry("node", "Theirs");

      people.out.add("two");
      EventReader.Event last = two.next();
      assertThat(last.name()).isEqualTo("problem");
      assertThat(last.data()).containsEntry("code", ErrorCode.NOT_SIGNED_IN.code());
      assertThat(two.next()).isEqualTo(EventReader.END);
    }
  }

  @Test
  void whatEndedBeforeItWasWatchedIsToldByHistory() throws Exception {
    String id = "late-" + count++;
    stream.append(1, id, "flow", BEGIN, started("webhook", BEGIN));
    project();
    try (EventReader reader = read("one", "/api/executions/" + id + "/events")) {
      assertThat(reader.next().data()).containsEntry("status", "running");
      stream.append(1, id, "flow", BEGIN, ended("success", null, BEGIN));
      project();
      EventReader.Event state = reader.next();
      assertThat(state.name()).isEqualTo("state");
      assertThat(state.data()).containsEntry("status", "success");
      assertThat(reader.names(2)).containsExactly("end", "closed");
    }
    try (EventReader reader = read("one", "/api/executions/" + id + "/events")) {
      assertThat(reader.names(3)).containsExactly("state", "end", "closed");
    }
  }

  /** Brings everything of partition 1 into history. */
  private void project() {
    Projector projector =
        new Projector(
            history,
            ids ->
                Map.of(
                    "flow",
                    new KnownWorkflows.Known("A flow", Optional.of("one"), SavePolicy.EVERYTHING)),
            SavePolicy.EVERYTHING,
            stream.serdes(),
            InstantSource.fixed(BEGIN));
    Position position = history.positions().get(1);
    projector.begin(1, position == null ? Position.NONE : position.next());
    projector.project(stream.from(1, position == null ? 0 : position.next()));
  }

  @Test
  void oneReaderCannotTakeAllStreams() throws Exception {
    List<EventReader> readers = new ArrayList<>();
    try {
      EventReader last;
      do {
        last = read("one", "/api/events");
        readers.add(last);
      } while (last.status() == 200 && readers.size() < 100);
      assertThat(readers).hasSize(26);
      assertThat(last.status()).isEqualTo(429);
      try (EventReader other = read("two", "/api/events")) {
        assertThat(other.status()).isEqualTo(200);
      }
    } finally {
      for (EventReader reader : readers) {
        reader.close();
      }
    }
  }
}
