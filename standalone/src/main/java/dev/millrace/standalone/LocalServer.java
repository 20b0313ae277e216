package dev.millrace.standalone;

import dev.millrace.avro.ReplyRecord;
import dev.millrace.binary.FileRetention;
import dev.millrace.control.ControlPlane;
import dev.millrace.control.db.Database;
import dev.millrace.control.mail.Mail;
import dev.millrace.control.users.SignInSettings;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.KeySource;
import dev.millrace.control.vault.SecretStores;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.ingress.IngressServer;
import dev.millrace.ingress.IngressSettings;
import dev.millrace.ingress.ReplyRouter;
import dev.millrace.limit.GatePolicy;
import dev.millrace.node.TableStore;
import dev.millrace.resume.ResumeKey;
import dev.millrace.resume.ResumeUrls;
import dev.millrace.serde.AvroSerde;
import dev.millrace.standalone.definitions.DefinitionsPublisher;
import dev.millrace.standalone.definitions.DefinitionsTopic;
import dev.millrace.standalone.definitions.Publications;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.topology.EngineRuntime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Everything that serves workflows, in this process: the platform, the webhooks and the folder that
 * workflows are published from. It is built first and started once; {@link #close} may be called
 * from another thread, also while it starts, and more than once.
 */
final class LocalServer implements AutoCloseable {
  private static final Duration READY_LIMIT = Duration.ofMinutes(1);
  private static final long BYTES_PER_WAITING = 192L << 10;

  private final StartedParts parts = new StartedParts();

  private final DataFolder data;
  private final Settings settings;

  /**
   * What an operator decides.
   *
   * @param credentials the secrets that webhooks and other nodes name
   * @param allowed what workflows may reach beside public addresses
   * @param storage where the files of items are kept
   * @param keepFiles how long after the end of their execution
   * @param publicUrl what callers put before {@code /webhook/...}, without a slash at its end;
   *     empty for this machine and port
   * @param stores where the control plane keeps what it knows; empty to serve webhooks alone
   * @param mail what takes letters about accounts; empty for none
   */
  record Settings(
      CredentialStore credentials,
      Outside.Allowed allowed,
      Storage storage,
      Duration keepFiles,
      Optional<String> publicUrl,
      Optional<ControlStores.Settings> stores,
      Optional<Mail> mail) {
    static final Settings DEFAULT =
        new Settings(
            CredentialStore.none(),
            Outside.Allowed.NOTHING,
            Storage.DATA_FOLDER,
            FileRetention.DEFAULT,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    Settings withStores(ControlStores.Settings changed) {
      return new Settings(
          credentials, allowed, storage, keepFiles, publicUrl, Optional.of(changed), mail);
    }
  }

  /** Takes over the data folder, which is closed last. */
  LocalServer(DataFolder data) {
    this(data, Settings.DEFAULT);
  }

  /** Takes over the data folder, which is closed last. */
  LocalServer(DataFolder data, Settings settings) {
    this.data = data;
    this.settings = settings;
    parts.add(data);
  }

  /**
   * Starts everything and returns when webhooks can be called.
   *
   * @param port of the webhooks; 0 for a free one
   * @param folders where workflows are published from, with who is told: none or one
   * @return the URL before {@code /webhook}
   * @throws MillraceException when a part does not start; what was started is stopped by {@link
   *     #close}
   */
  String start(int port, List<Published> folders) {
    requireFree(port);
    // First, because nothing waits for them until everything else is there.
    Optional<ControlStores> stores =
        settings.stores().map(named -> parts.add(ControlStores.start(data, named)));
    // It is ready long before Kafka is.
    Optional<CompletableFuture<Database>> database = stores.map(this::openDatabase);
    VaultCredentials vault = new VaultCredentials(settings.credentials());
    CredentialStore credentials = stores.isPresent() ? vault : settings.credentials();
    // Nodes may run before the control plane is there: who needs a table waits for it.
    CompletableFuture<TableStore> tables = new CompletableFuture<>();
    Outside reached =
        parts.add(Outside.of(credentials, data, settings.allowed(), settings.storage()));
    Outside outside =
        stores.isPresent() ? reached.withTables(workflow -> tables.join().of(workflow)) : reached;
    Platform platform = parts.add(Platform.start(data, List.of(), outside));
    // Started before the ingress, which it knows of later: it spends its time waiting for Kafka.
    AtomicReference<CommittedReplies> replies = new AtomicReference<>(CommittedReplies.NONE);
    // Known before anything runs, unless the port is still to be found.
    AtomicReference<String> baseUrl =
        new AtomicReference<>(
            settings.publicUrl().orElse(port == 0 ? "" : "http://localhost:" + port));
    ResumeKey resumeKey = ResumeKey.open(data.resumeKey());
    platform.startEngine(
        (to, reply) -> replies.get().committed(to, reply),
        ResumeUrls.signed(baseUrl::get, resumeKey));
    Optional<ControlPlane> control =
        stores.map(named ->
            parts.add(
                control(
                    named,
                    Platform.get(database.orElseThrow()),
                    platform,
                    outside.http(),
                    baseUrl::get)));
    control.ifPresent(there -> {
      vault.opened(there.leases());
      tables.complete(there.tables());
    });
    IngressSettings served =
        IngressSettings.defaults(platform.bootstrap())
            .withListener("0.0.0.0", port)
            .withLimits(limits(Runtime.getRuntime().maxMemory()));
    IngressServer ingress =
        parts.add(
            IngressServer.start(
                settings.publicUrl().map(served::withPublicUrl).orElse(served),
                platform.registry(),
                credentials,
                platform.expressions(),
                outside.binaries(),
                resumeKey,
                routing -> control.ifPresent(there -> there.routing().addTo(routing))));
    baseUrl.set(ingress.baseUrl());
    replies.set(repliesTo(ingress.replies(), platform));
    folders.forEach(published ->
        parts.add(
            PublishedFolder.start(
                published.folder(),
                published.listener(),
                data,
                control
                    .<Publications>map(there -> new ControlPublications(there.files()))
                    .orElseGet(() ->
                        new DefinitionsPublisher(
                            platform.bootstrap(), platform.serdes(), InstantSource.system())),
                platform.catalogue())));
    control.ifPresent(LocalServer::awaitPublished);
    platform.awaitEngine();
    outside.startCleaner(platform.liveExecutions(), settings.keepFiles()).ifPresent(parts::add);
    awaitReady(ingress);
    control.ifPresent(ControlPlane::project);
    return ingress.baseUrl();
  }

  /**
   * The broker and the engine hold what callers send several times over, once for each node that
   * passes it on, in this same heap. Of 400 MiB a body may have 8, and all at once 25. A request
   * that waits holds its connection's buffers and its thread's stack beside its body.
   */
  static IngressSettings.Limits limits(long heap) {
    IngressSettings.Limits limits = IngressSettings.Limits.defaults();
    int body = (int) Math.min(limits.maxBodyBytes(), heap / 50);
    long all = Math.min(limits.maxBytesInFlight(), heap / 16);
    int waiting = (int) Math.min(limits.maxWaiting(), heap / BYTES_PER_WAITING);
    return limits.withMaxBodyBytes(body).withOverload(waiting, all);
  }

  /** A folder that workflows are published from, and who is told what became of its files. */
  record Published(Path folder, WorkflowFolder.Listener listener) {}

  /** Hands committed replies to the callers that wait in this process. */
  private static CommittedReplies repliesTo(ReplyRouter router, Platform platform) {
    AvroSerde<ReplyRecord> serde = platform.serdes().serde(ReplyRecord.class);
    byte[] instance = router.instance().getBytes(StandardCharsets.UTF_8);
    return (ingress, reply) -> {
      if (Arrays.equals(ingress, instance)) {
        router.complete(serde.fromBytes(reply));
      }
    };
  }

  private CompletableFuture<Database> openDatabase(ControlStores stores) {
    CompletableFuture<Database> opening =
        Platform.async("database", () -> Database.open(stores.database()));
    parts.add(() -> {
      var unused = opening.thenAccept(Database::close);
    });
    return opening;
  }

  private ControlPlane control(
      ControlStores stores,
      Database database,
      Platform platform,
      OutgoingHttp http,
      Supplier<String> publicUrl) {
    ControlPlane control =
        ControlPlane.start(
            new ControlPlane.Settings(
                stores.redis().uri(),
                InstallationKey.open(data.installationKey()),
                platform.bootstrap(),
                EngineRuntime.MAX_MESSAGE_BYTES,
                ControlPlane.Settings.REQUESTS_PER_MINUTE,
                new EngineCommands(
                    platform.bootstrap(),
                    platform.serdes(),
                    platform.catalogue(),
                    platform.expressions()),
                new ControlPlane.Vault(
                    KeySource.of(System.getenv(), data.encryptionKey()),
                    http,
                    SecretStores.of(System.getenv()),
                    publicUrl,
                    limits -> GatePolicy.read(limits, "the credential")),
                new SignInSettings(settings.mail(), SignInSettings.FAILURES_PER_ADDRESS),
                new EngineLive(platform.queries(), InstantSource.system())),
            database,
            platform.catalogue(),
            platform.serdes(),
            InstantSource.system());
    if (control.files().empty()) {
      // A database that is new beside topics that are not: no version is to be given twice.
      control.files().continueAfter(DefinitionsTopic.lastVersions(platform.bootstrap()));
    }
    return control;
  }

  private static void awaitPublished(ControlPlane control) {
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    while (control.files().waiting()) {
      if (System.nanoTime() > deadline) {
        throw new MillraceException(
            ErrorCode.INTERNAL,
            "workflows were not published in " + READY_LIMIT.toSeconds() + " s");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static void awaitReady(IngressServer ingress) {
    long deadline = System.nanoTime() + READY_LIMIT.toNanos();
    while (!ingress.ready()) {
      if (System.nanoTime() > deadline) {
        throw new MillraceException(
            ErrorCode.INTERNAL, "the webhooks were not ready in " + READY_LIMIT.toSeconds() + " s");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Looked at before anything is started, so that a taken port is told at once. */
  static void requireFree(int port) {
    if (port == 0) {
      return;
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(port));
    } catch (IOException taken) {
      throw new MillraceException(
          ErrorCode.PORT_IN_USE, "port " + port + " is taken by another program", taken);
    }
  }

  /** Stops what was started, the last first. Whoever comes second waits for the first. */
  @Override
  public void close() {
    parts.close();
  }
}
