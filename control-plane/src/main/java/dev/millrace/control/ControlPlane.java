package dev.millrace.control;

import dev.millrace.control.audit.AuditEndpoints;
import dev.millrace.control.credentials.CredentialVault;
import dev.millrace.control.credentials.LeaseSource;
import dev.millrace.control.credentials.WorkerTokens;
import dev.millrace.control.datatables.DataTableEndpoints;
import dev.millrace.control.datatables.DataTables;
import dev.millrace.control.datatables.WorkflowTables;
import dev.millrace.control.db.Database;
import dev.millrace.control.folders.FolderEndpoints;
import dev.millrace.control.graphql.GraphQlEndpoint;
import dev.millrace.control.history.ExecutionCommands;
import dev.millrace.control.history.ExecutionRoutes;
import dev.millrace.control.history.History;
import dev.millrace.control.history.HistoryLag;
import dev.millrace.control.history.KafkaEnds;
import dev.millrace.control.history.KnownWorkflows;
import dev.millrace.control.history.Projector;
import dev.millrace.control.history.ProjectorLoop;
import dev.millrace.control.history.Pruner;
import dev.millrace.control.history.RetentionPolicy;
import dev.millrace.control.history.SavePolicy;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Api;
import dev.millrace.control.http.ApiPages;
import dev.millrace.control.http.ApiRouting;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.OpenApi;
import dev.millrace.control.live.ExecutionProjects;
import dev.millrace.control.live.LiveExecutions;
import dev.millrace.control.live.LiveView;
import dev.millrace.control.projects.ProjectEndpoints;
import dev.millrace.control.projects.Projects;
import dev.millrace.control.publicapi.PublicApi;
import dev.millrace.control.tags.TagEndpoints;
import dev.millrace.control.users.Accounts;
import dev.millrace.control.users.SignInSettings;
import dev.millrace.control.variables.VariableEndpoints;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.KeyEncryption;
import dev.millrace.control.vault.Secrets;
import dev.millrace.control.workflows.EngineOutbox;
import dev.millrace.control.workflows.OutboxRelay;
import dev.millrace.control.workflows.PublishedFiles;
import dev.millrace.control.workflows.WorkflowActions;
import dev.millrace.control.workflows.WorkflowCheck;
import dev.millrace.control.workflows.WorkflowEndpoints;
import dev.millrace.control.workflows.WorkflowImport;
import dev.millrace.control.workflows.WorkflowPublisher;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.TableStore;
import dev.millrace.serde.MillraceSerdes;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;

/**
 * The control plane, put together. It answers requests once it is added to a server's routing.
 * Executions need nothing of it: where it is away, what is published goes on running.
 */
public final class ControlPlane implements AutoCloseable {
  /** As often as n8n looks for executions that are too old or too many. */
  private static final Duration PRUNE_EVERY = Duration.ofMinutes(15);

  /** Beyond it, answers say how far history is behind. */
  private static final Duration LAG_LIMIT = Duration.ofSeconds(30);

  /** Beside the document a record holds its ids and its time. */
  private static final int ENVELOPE = 4096;

  private final String bootstrapServers;
  private final InstantSource clock;
  private final RedisClient redis;
  private final OutboxRelay relay;
  private final Admin admin;
  private final History history;
  private final Projector projector;
  private final Pruner pruner;
  private @Nullable ProjectorLoop projection;
  private final PublishedFiles files;
  private final TableStore tables;
  private final CredentialVault vault;
  private final Accounts accounts;
  private final ApiRouting routing;
  private final Api api;
  private final LiveView live;

  /**
   * What it works with.
   *
   * @param redis such as {@code redis://:password@host:port}
   * @param bootstrapServers Kafka, whose topics must exist
   * @param maxRecordBytes that the brokers take
   * @param requestsPerMinute of each user to the API
   * @param executions asks the engine to do something with an execution; stays the caller's
   * @param vault what credentials need
   * @param signIn how people sign in
   * @param live tells which executions run and wait
   */
  public record Settings(
      URI redis,
      InstallationKey installation,
      String bootstrapServers,
      int maxRecordBytes,
      long requestsPerMinute,
      ExecutionCommands executions,
      Vault vault,
      SignInSettings signIn,
      LiveExecutions live) {
    /** Ten a second: an editor and the scripts beside it. */
    public static final long REQUESTS_PER_MINUTE = 600;
  }

  /**
   * What credentials need.
   *
   * @param keys that wrap the data keys
   * @param http the guarded way out, for tests of credentials and tokens; stays the caller's
   * @param secrets the stores outside
   * @param publicUrl of this installation, as browsers reach it
   * @param limits throws when what is given cannot be meant as limits of calls
   */
  public record Vault(
      KeyEncryption keys,
      OutgoingHttp http,
      Secrets secrets,
      Supplier<String> publicUrl,
      Consumer<Map<String, @Nullable Object>> limits) {}

  /**
   * Connects, and begins to publish what is to be published.
   *
   * @param database stays the caller's
   * @param catalogue the nodes that workflows may have
   */
  public static ControlPlane start(
      Settings settings,
      Database database,
      NodeCatalogue catalogue,
      MillraceSerdes serdes,
      InstantSource clock) {
    ControlPlane control = new ControlPlane(settings, database, catalogue, serdes, clock);
    control.relay.start();
    return control;
  }

  /**
   * Begins to bring what executions did into history, and to remove what is too old there. Nobody
   * waits for it, so it can begin when those are served who wait.
   */
  public void project() {
    projection = ProjectorLoop.start(bootstrapServers, projector, history, clock);
    pruner.start(PRUNE_EVERY);
  }

  private ControlPlane(
      Settings settings,
      Database database,
      NodeCatalogue catalogue,
      MillraceSerdes serdes,
      InstantSource clock) {
    this.bootstrapServers = settings.bootstrapServers();
    this.clock = clock;
    redis = RedisClient.create(settings.redis());
    relay =
        new OutboxRelay(database, settings.bootstrapServers(), settings.maxRecordBytes(), serdes);
    accounts =
        new Accounts(
            database,
            redis,
            settings.installation(),
            settings.signIn(),
            settings.vault().publicUrl(),
            settings.requestsPerMinute(),
            clock);
    Projects projects = new Projects(database);
    Workflows workflows = new Workflows(database);
    WorkflowPublisher publisher =
        new WorkflowPublisher(settings.maxRecordBytes() - ENVELOPE, relay::look);
    files = new PublishedFiles(database, workflows, publisher);
    tables = new WorkflowTables(database, workflows::project, DataTables.MOST_BYTES);
    admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()));
    history = new PostgresHistory(database);
    projector =
        new Projector(history, ids -> known(workflows, ids), SavePolicy.EVERYTHING, serdes, clock);
    pruner = new Pruner(history, () -> RetentionPolicy.DEFAULT, clock);
    live =
        LiveView.of(settings.live(), history, projects(workflows), bootstrapServers, serdes, clock);
    ExecutionRoutes executions =
        new ExecutionRoutes(
            history,
            new HistoryLag(history, new KafkaEnds(admin, clock), clock),
            LAG_LIMIT,
            settings.executions(),
            live.routes()::unprojected);
    WorkflowActions workflowActions =
        new WorkflowActions(
            database, workflows, publisher, projects, new WorkflowCheck(catalogue), history::moved);
    vault =
        new CredentialVault(
            new CredentialVault.Parts(
                database,
                settings.vault().keys(),
                settings.vault().http(),
                settings.vault().secrets(),
                id ->
                    Optional.ofNullable(workflows.outlines(Set.of(id)).get(id))
                        .map(outline -> outline.projectId()),
                new WorkerTokens(settings.installation(), clock),
                settings.vault().publicUrl(),
                settings.vault().limits(),
                clock));
    List<Endpoint> endpoints =
        Stream.of(
                accounts.endpoints(),
                new ProjectEndpoints(
                        database, projects, accounts.users(), accounts.roles(), accounts.rights())
                    .endpoints(),
                new WorkflowEndpoints(database, workflows, publisher, workflowActions).endpoints(),
                new WorkflowImport(database, workflows, projects, catalogue).endpoints(),
                executions.endpoints(),
                live.endpoints(),
                vault.endpoints(),
                new TagEndpoints(database, workflows, history).endpoints(),
                new FolderEndpoints(database, workflows).endpoints(),
                new VariableEndpoints(database, projects, new EngineOutbox(relay::look))
                    .endpoints(),
                new DataTableEndpoints(database, projects, DataTables.MOST_BYTES).endpoints(),
                new AuditEndpoints(database).endpoints(),
                new GraphQlEndpoint(this::api).endpoints(),
                ApiPages.endpoints())
            .flatMap(List::stream)
            .toList();
    PublicApi publicApi =
        new PublicApi(
            new PublicApi.Parts(
                endpoints,
                database,
                accounts.authority(),
                projects,
                workflows,
                workflowActions,
                history,
                clock));
    api =
        new Api(
            OpenApi.described(
                Stream.concat(endpoints.stream(), publicApi.endpoints().stream()).toList()),
            accounts.authority(),
            accounts.rates());
    routing = new ApiRouting(api);
  }

  private static ExecutionProjects projects(Workflows workflows) {
    return new ExecutionProjects(
        new ExecutionProjects.Workflows() {
          @Override
          public Map<String, ExecutionProjects.Workflow> find(Set<String> ids) {
            Map<String, ExecutionProjects.Workflow> found = new HashMap<>();
            workflows
                .places(ids)
                .forEach((id, place) ->
                    found.put(id, new ExecutionProjects.Workflow(place.name(), place.projectId())));
            return found;
          }

          @Override
          public Set<String> of(Grant grant) {
            return workflows.ids(grant);
          }
        });
  }

  private static Map<String, KnownWorkflows.Known> known(Workflows workflows, Set<String> ids) {
    Map<String, KnownWorkflows.Known> known = new HashMap<>();
    workflows
        .outlines(ids)
        .forEach((id, outline) ->
            known.put(
                id,
                new KnownWorkflows.Known(
                    outline.name(),
                    Optional.of(outline.projectId()),
                    SavePolicy.of(outline.settings(), SavePolicy.EVERYTHING))));
    return known;
  }

  /** What it serves, for documents and tests. */
  public Api api() {
    return api;
  }

  /** What a server's routing gets. */
  public ApiRouting routing() {
    return routing;
  }

  /** Where nodes and webhooks get their credentials. */
  public LeaseSource leases() {
    return vault.leases();
  }

  /** The data tables of projects, for the nodes of their workflows. */
  public TableStore tables() {
    return tables;
  }

  /** Publishes what lies in files, without anybody who is signed in. */
  public PublishedFiles files() {
    return files;
  }

  @Override
  public void close() {
    live.close();
    if (projection != null) {
      projection.close();
    }
    pruner.close();
    relay.close();
    // What it waits for is of no use any more.
    admin.close(Duration.ofSeconds(1));
    accounts.close();
    redis.close();
  }
}
