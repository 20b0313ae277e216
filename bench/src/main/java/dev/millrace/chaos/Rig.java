package dev.millrace.chaos;

import dev.millrace.bench.BenchParts;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.TopicSetup;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A whole installation on this machine, each part a process of its own: brokers, engines, workers
 * and a webhook server, under a constant load of every kind of workflow, which call a recording
 * stub. Scenarios kill, freeze and mislead its parts; {@link #verify} then proves from the topics
 * what became of every call that was accepted. One thread at a time, apart from what says
 * otherwise.
 */
public final class Rig implements AutoCloseable {
  /** How long an engine that is gone keeps its partitions; what the engines are started with. */
  public static final Duration SESSION = Duration.ofSeconds(6);

  /**
   * How a rig is built.
   *
   * @param directory of all data and logs; empty
   * @param java the program that runs classes, with the class path: what a JVM's options and a main
   *     class are added to
   * @param brokers 1 or 3
   * @param partitions that executions are spread over
   * @param callsPerSecond constant load
   * @param lasting whether it goes on for many minutes, so that what the better compiler costs at
   *     first is worth it for brokers: three of them take 1.4 of 2 cores for 20 calls a second
   *     without it
   * @param scenarios that it is for: their workflows are published, and with them what they need
   */
  public record Settings(
      Path directory,
      List<String> java,
      int brokers,
      int engines,
      int workers,
      int partitions,
      double callsPerSecond,
      boolean lasting,
      List<Scenario> scenarios) {
    /**
     * A machine whose cores are all taken by the load answers late whatever is done to it; twelve
     * processes need room beside it.
     */
    private static final double CALLS_PER_SECOND_AND_CORE = 6;

    public Settings {
      scenarios = List.copyOf(scenarios);
    }

    /** Three engines and two workers, run by this process's own JVM and class path. */
    public static Settings of(Path directory, List<Scenario> scenarios) throws IOException {
      Path arguments =
          Files.write(
              directory.resolve("java.args"),
              List.of(
                  "-cp", '"' + System.getProperty("java.class.path").replace("\\", "\\\\") + '"'));
      return new Settings(
          directory,
          List.of(ProcessHandle.current().info().command().orElse("java"), "@" + arguments),
          scenarios.stream().mapToInt(Scenario::brokers).max().orElse(1),
          3,
          2,
          6,
          CALLS_PER_SECOND_AND_CORE * Runtime.getRuntime().availableProcessors(),
          false,
          scenarios);
    }

    /** The same for a run of many minutes. */
    Settings forLong() {
      return new Settings(
          directory, java, brokers, engines, workers, partitions, callsPerSecond, true, scenarios);
    }
  }

  private final Settings settings;
  private final PrintWriter out;
  private final List<RigProcess> brokers = new ArrayList<>();
  private final List<RigProcess> engines = new ArrayList<>();
  private final List<RigProcess> workers = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final RecordingStub stub;
  private final String bootstrap;
  private final RigProcess ingress;
  private final RigLoad load;
  private final Progress progress;
  private final EngineGroup group;
  private final @Nullable RigRegistry registryServer;
  private final SchemaRegistry registry;
  private final MillraceSerdes serdes;
  private final Reference reference;

  /** Records that a scenario wrote to be refused, by their {@link Verification#place}. */
  private final Set<String> poison = ConcurrentHashMap.newKeySet();

  private Rig(Settings settings, PrintWriter out) throws IOException {
    this.settings = settings;
    this.out = out;
    boolean started = false;
    try {
      stub = keep(RecordingStub.start());
      bootstrap = startBrokers();
      Path workflows = Files.createDirectories(settings.directory().resolve("workflows"));
      for (Map.Entry<String, String> file : Mix.files(stub.port()).entrySet()) {
        Files.writeString(workflows.resolve(file.getKey()), file.getValue());
      }
      Map<String, Set<String>> endings = new HashMap<>();
      for (Scenario scenario : settings.scenarios()) {
        for (Map.Entry<String, String> workflow : scenario.workflows().entrySet()) {
          Files.writeString(
              workflows.resolve(workflow.getKey() + ".json"),
              workflow.getValue().replace("STUB_PORT", String.valueOf(stub.port())));
        }
        endings.putAll(scenario.endings());
      }
      registryServer =
          settings.scenarios().stream().anyMatch(Scenario::needsRegistry)
              ? keep(RigRegistry.start())
              : null;
      int port = FreePort.next();
      ingress =
          part(
              "ingress",
              96,
              List.of("--port", String.valueOf(port), "--workflows", workflows.toString()));
      for (int i = 1; i <= settings.engines(); i++) {
        engines.add(
            part("engine-" + i, 160, List.of("--session", String.valueOf(SESSION.toSeconds()))));
      }
      for (int i = 1; i <= settings.workers(); i++) {
        workers.add(part("worker-" + i, 96, List.of("--allow-outgoing", "127.0.0.1")));
      }
      // All at once would create the topics at once, and wait for each other.
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap))) {
        new TopicSetup(admin).create(settings.partitions(), (short) -1);
      }
      ingress.start();
      engines.forEach(RigProcess::start);
      workers.forEach(RigProcess::start);
      String url = ingress.awaitReady().replace(" at ", "").strip();
      engines.forEach(RigProcess::awaitReady);
      workers.forEach(RigProcess::awaitReady);
      group = keep(new EngineGroup(bootstrap));
      registry =
          registryServer == null ? keep(BenchParts.registry(bootstrap)) : registryServer.schemas();
      serdes = new MillraceSerdes(registry);
      progress = keep(new Progress(bootstrap));
      reference = keep(new Reference(Mix.documents(stub.port()), endings));
      load = keep(new RigLoad(url, settings.callsPerSecond()));
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /** Starts everything and the load, and returns when calls of every kind are answered. */
  public static Rig start(Settings settings, PrintWriter out)
      throws IOException, InterruptedException {
    Rig rig = new Rig(settings, out);
    // Who interrupts a run must not leave a dozen processes behind.
    Thread endAll = Thread.ofPlatform().name("end-all").unstarted(rig::killAll);
    Runtime.getRuntime().addShutdownHook(endAll);
    rig.open.addFirst(() -> Runtime.getRuntime().removeShutdownHook(endAll));
    boolean answers = false;
    try {
      rig.load.resume();
      answers = rig.await(Duration.ofMinutes(2), () -> rig.load.acceptedCalls() > 40);
      if (!answers) {
        throw new IOException("the installation does not answer; see " + settings.directory());
      }
      return rig;
    } finally {
      if (!answers) {
        rig.close();
      }
    }
  }

  private String startBrokers() {
    List<Integer> ports = new ArrayList<>();
    List<Integer> controllers = new ArrayList<>();
    for (int i = 0; i < settings.brokers(); i++) {
      ports.add(FreePort.next());
      controllers.add(FreePort.next());
    }
    String cluster = Uuid.randomUuid().toString();
    for (int id = 1; id <= settings.brokers(); id++) {
      List<String> arguments = new ArrayList<>();
      arguments.add(settings.directory().resolve("broker-" + id).toString());
      arguments.add(String.valueOf(ports.get(id - 1)));
      arguments.add(String.valueOf(id));
      arguments.add(cluster);
      controllers.forEach(port -> arguments.add(String.valueOf(port)));
      brokers.add(
          keep(
              new RigProcess(
                  "broker-" + id,
                  more -> command(200, broker(more), BrokerMain.class.getName(), arguments),
                  settings.directory(),
                  BrokerMain.READY)));
    }
    brokers.forEach(RigProcess::start);
    brokers.forEach(RigProcess::awaitReady);
    return String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
  }

  /** Later options count: all compilers, where there is time for them. */
  private List<String> broker(List<String> jvmOptions) {
    return settings.lasting()
        ? Stream.concat(jvmOptions.stream(), Stream.of("-XX:TieredStopAtLevel=4")).toList()
        : jvmOptions;
  }

  /** A process of {@code ./millrace}, by the name of its command. */
  private RigProcess part(String name, int heapMegabytes, List<String> arguments) {
    List<String> all = new ArrayList<>();
    all.add(name.replaceAll("-\\d+$", ""));
    all.addAll(
        List.of(
            "--bootstrap",
            bootstrap,
            "--partitions",
            String.valueOf(settings.partitions()),
            "--data",
            settings.directory().resolve(name).toString(),
            "--files",
            files().toString()));
    if (registryServer != null) {
      all.addAll(List.of("--registry", registryServer.url()));
    }
    all.addAll(arguments);
    return keep(
        new RigProcess(
            name,
            more -> command(heapMegabytes, more, "dev.millrace.standalone.Main", all),
            settings.directory(),
            "Millrace is ready"));
  }

  /** Small heaps and the quick compiler alone: many start on a small machine, again and again. */
  private List<String> command(
      int heapMegabytes, List<String> jvmOptions, String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>(settings.java());
    command.addAll(
        List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx" + heapMegabytes + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(jvmOptions);
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  private <T extends AutoCloseable> T keep(T part) {
    open.add(part);
    return part;
  }

  public List<RigProcess> brokers() {
    return List.copyOf(brokers);
  }

  public List<RigProcess> engines() {
    return List.copyOf(engines);
  }

  public List<RigProcess> workers() {
    return List.copyOf(workers);
  }

  public RigProcess ingress() {
    return ingress;
  }

  /** The service that {@link Mix#HTTP} calls. */
  public RecordingStub stub() {
    return stub;
  }

  public RigLoad load() {
    return load;
  }

  public Progress progress() {
    return progress;
  }

  /** {@code host:port,…} of all brokers. */
  public String bootstrap() {
    return bootstrap;
  }

  /** Writes and reads the records of all topics. */
  public MillraceSerdes serdes() {
    return serdes;
  }

  /** Says that a record is to be refused; its dead letter is no violation then. Any thread. */
  public void poisoned(RecordMetadata at) {
    poison.add(Verification.place(at.topic(), at.partition(), at.offset()));
  }

  /** Prints a line of what goes on. */
  public void tell(String line) {
    out.println("  " + line);
    out.flush();
  }

  /** Waits for a while, in which the load goes on. */
  public void pause(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Waits until something holds; whether it does within the limit. What it throws is "not yet". */
  public boolean await(Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      try {
        if (condition.getAsBoolean()) {
          return true;
        }
      } catch (MillraceException notYet) {
        // Of a broker that is away, for one.
      }
      if (System.nanoTime() > deadline) {
        return false;
      }
      pause(Duration.ofMillis(100));
    }
  }

  /** Waits until every replica of every topic has all records. */
  public boolean awaitInSync(Duration limit) {
    return await(limit, group::allInSync);
  }

  /** Waits until every partition has an owner, and every engine that lives is in the group. */
  public boolean awaitBalanced(Duration limit) {
    long alive = engines.stream().filter(RigProcess::alive).count();
    return await(
        limit,
        () -> {
          EngineGroup.Members members = group.members();
          return members.active() == alive && members.allAssigned();
        });
  }

  /**
   * Pauses the load, waits until nothing is under way, and holds everything since the start of the
   * rig against what was promised. Every process has to run. The load stays paused.
   */
  public Verdict verify() {
    return new Verification(this, group, reference, Set.copyOf(poison)).verdict();
  }

  /** The folder of the files of items. */
  Path files() {
    return settings.directory().resolve("files");
  }

  /** The server that keeps the schemas, when a scenario {@link Scenario#needsRegistry}. */
  RigRegistry registry() {
    return Objects.requireNonNull(registryServer, "no scenario asked for a registry");
  }

  /** Where everything lies. */
  public Path directory() {
    return settings.directory();
  }

  private void killAll() {
    open.stream()
        .filter(RigProcess.class::isInstance)
        .map(RigProcess.class::cast)
        .forEach(RigProcess::kill);
  }

  /** Ends every process at once. */
  @Override
  public void close() {
    for (int i : IntStream.range(0, open.size()).map(n -> open.size() - 1 - n).toArray()) {
      try {
        open.get(i).close();
      } catch (Exception failed) {
        out.println("  " + open.get(i) + " could not be closed: " + failed);
      }
    }
    open.clear();
  }
}
