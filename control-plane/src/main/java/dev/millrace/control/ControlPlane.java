package dev.millrace.control;

import dev.millrace.control.audit.AuditEndpoints;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Api;
import dev.millrace.control.http.ApiRouting;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.projects.ProjectEndpoints;
import dev.millrace.control.projects.Projects;
import dev.millrace.control.users.Accounts;
import dev.millrace.control.users.TokenKey;
import dev.millrace.control.workflows.OutboxRelay;
import dev.millrace.control.workflows.PublishedFiles;
import dev.millrace.control.workflows.WorkflowCheck;
import dev.millrace.control.workflows.WorkflowEndpoints;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.MillraceSerdes;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import redis.clients.jedis.RedisClient;

/**
 * The control plane, put together. It answers requests once it is added to a server's routing.
 * Executions need nothing of it: where it is away, what is published goes on running.
 */
public final class ControlPlane implements AutoCloseable {
  /** Beside the document a record holds its ids and its time. */
  private static final int ENVELOPE = 4096;

  private final Database database;
  private final RedisClient redis;
  private final OutboxRelay relay;
  private final PublishedFiles files;
  private final ApiRouting routing;
  private final Api api;

  /**
   * What it works with.
   *
   * @param redis such as {@code redis://:password@host:port}
   * @param bootstrapServers Kafka, whose topics must exist
   * @param maxRecordBytes that the brokers take
   */
  public record Settings(
      Database.Settings database,
      URI redis,
      TokenKey tokens,
      String bootstrapServers,
      int maxRecordBytes) {}

  /**
   * Connects, brings the tables to this version, and begins to publish what is to be published.
   *
   * @param catalogue the nodes that workflows may have
   * @throws dev.millrace.error.MillraceException {@code DATABASE_UNAVAILABLE}
   */
  public static ControlPlane start(
      Settings settings, NodeCatalogue catalogue, MillraceSerdes serdes, InstantSource clock) {
    Database database = Database.open(settings.database());
    boolean started = false;
    try {
      ControlPlane control = new ControlPlane(settings, database, catalogue, serdes, clock);
      control.relay.start();
      started = true;
      return control;
    } finally {
      if (!started) {
        database.close();
      }
    }
  }

  private ControlPlane(
      Settings settings,
      Database database,
      NodeCatalogue catalogue,
      MillraceSerdes serdes,
      InstantSource clock) {
    this.database = database;
    redis = RedisClient.create(settings.redis());
    relay =
        new OutboxRelay(database, settings.bootstrapServers(), settings.maxRecordBytes(), serdes);
    Accounts accounts = new Accounts(database, redis, settings.tokens(), clock);
    Projects projects = new Projects(database);
    Workflows workflows =
        new Workflows(database, settings.maxRecordBytes() - ENVELOPE, relay::look);
    files = new PublishedFiles(database, workflows);
    List<Endpoint> endpoints =
        Stream.of(
                accounts.endpoints(),
                new ProjectEndpoints(database, projects, accounts.users(), accounts.roles())
                    .endpoints(),
                new WorkflowEndpoints(database, workflows, projects, new WorkflowCheck(catalogue))
                    .endpoints(),
                new AuditEndpoints(database).endpoints())
            .flatMap(List::stream)
            .toList();
    api = new Api(endpoints, accounts.authority());
    routing = new ApiRouting(api);
  }

  /** What it serves, for documents and tests. */
  public Api api() {
    return api;
  }

  /** What a server's routing gets. */
  public ApiRouting routing() {
    return routing;
  }

  /** Publishes what lies in files, without anybody who is signed in. */
  public PublishedFiles files() {
    return files;
  }

  @Override
  public void close() {
    relay.close();
    redis.close();
    database.close();
  }
}
