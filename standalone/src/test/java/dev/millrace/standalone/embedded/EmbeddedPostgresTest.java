package dev.millrace.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One data folder, whose server the tests stop, kill and start again: making it takes longest. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class EmbeddedPostgresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final LogCapture logged = new LogCapture();
  private Path folder;
  private EmbeddedPostgres postgres;
  private List<String> seenAtFirstStart;

  @BeforeAll
  void firstStart(@TempDir Path temporary) throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    folder = temporary;
    // Its files may become another user's, who must get there.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    // What a start that was killed half way, and an older version, left behind.
    file("postgres-bin-" + PostgresPrograms.version() + ".new/bin/postgres", "half");
    file("postgres.new/PG_VERSION", "half");
    file("postgres-bin-17.0.0/bin/postgres", "old");
    try (ProcessList processes = new ProcessList(folder.toString())) {
      postgres = EmbeddedPostgres.start(folder, 0);
      execute(postgres.settings(), "create table kept (word text)");
      seenAtFirstStart = new ArrayList<>(processes.commands());
    }
  }

  @BeforeEach
  void isThere() {
    assumeTrue(EmbeddedPostgres.isSupported());
  }

  @AfterAll
  void stop() {
    if (postgres != null) {
      postgres.close();
    }
    logged.close();
  }

  private void file(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @Test
  void whatAnEarlierStartLeftHalfDoneIsDoneAnew() {
    assertThat(folder.resolve("postgres-bin-" + PostgresPrograms.version() + "/bin/postgres"))
        .isExecutable();
    assertThat(folder.resolve("postgres-bin-" + PostgresPrograms.version() + ".new"))
        .doesNotExist();
    assertThat(folder.resolve("postgres.new")).doesNotExist();
    assertThat(folder.resolve("postgres-bin-17.0.0")).doesNotExist();
  }

  @Test
  void itLosesNothingAndListensForThisMachineAlone() throws SQLException {
    assertThat(ask("show fsync")).isEqualTo("on");
    assertThat(ask("show synchronous_commit")).isEqualTo("on");
    assertThat(ask("show listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(ask("show server_version")).startsWith(PostgresPrograms.major() + ".");
  }

  @Test
  void theApplicationsUserHasItsDatabaseAndNoMore() throws SQLException {
    assertThat(ask("select rolsuper from pg_roles where rolname = current_user")).isEqualTo("f");
    assertThat(ask("select pg_get_userbyid(datdba) from pg_database where datname = 'millrace'"))
        .isEqualTo("millrace");
    assertThatThrownBy(() -> ask("select pg_read_file('postmaster.pid')"))
        .hasMessageContaining("permission denied");
  }

  @Test
  void itsPasswordIsForItsOwnerAlone() throws Exception {
    String password = postgres.settings().password();
    assertThat(password).hasSize(43);
    assertThat(Files.readString(folder.resolve("postgres.password")).strip()).isEqualTo(password);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("postgres.password"))))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("postgres"))))
        .isEqualTo("rwx------");
    assertThatThrownBy(
            () -> DriverManager.getConnection(postgres.settings().url(), "millrace", "guessed"))
        .isInstanceOf(SQLException.class)
        .extracting(refused -> ((SQLException) refused).getSQLState())
        .isEqualTo("28P01");

    assertThat(seenAtFirstStart)
        .anyMatch(command -> command.contains("initdb"))
        .anyMatch(command -> command.contains("/bin/postgres"))
        .noneMatch(command -> command.contains(password));
    List<ProcessHandle> processes = processes().find();
    assertThat(processes).hasSizeGreaterThan(2);
    for (ProcessHandle process : processes) {
      assertThat(ProcessList.visible(process.pid())).noneMatch(line -> line.contains(password));
      assertThat(process.info().commandLine().orElse("")).doesNotContain(password);
    }
    assertThat(logged.lines()).isNotEmpty().noneMatch(line -> line.contains(password));
    assertThat(postgres.settings().toString()).doesNotContain(password);
    assertThat(Files.readString(folder.resolve("postgres.log"))).doesNotContain(password);
  }

  @Test
  void noStatementAndNoValueReachesItsLog() throws Exception {
    execute(postgres.settings(), "create table if not exists single (word text primary key)");
    execute(postgres.settings(), "insert into single values ('canary') on conflict do nothing");

    assertThatThrownBy(() -> execute(postgres.settings(), "insert into single values ('canary')"))
        .hasMessageContaining("duplicate key");
    assertThatThrownBy(() -> execute(postgres.settings(), "select canary from nowhere"))
        .isInstanceOf(SQLException.class);
    assertThat(Files.readString(folder.resolve("postgres.log"))).doesNotContain("canary");
  }

  @Test
  void whatWasCommittedIsThereAfterAKillAtTheSameAddress() throws Exception {
    Database.Settings settings = postgres.settings();
    execute(settings, "insert into kept values ('before the kill')");
    ProcessHandle first = postmaster();

    first.destroyForcibly();

    await().atMost(PATIENCE).until(() -> !first.isAlive());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(words()).contains("before the kill"));
    assertThat(postgres.settings()).isEqualTo(settings);
    assertThat(postmaster().pid()).isNotEqualTo(first.pid());
  }

  @Test
  void whatWasCommittedIsThereAfterAStopAndAStart() throws Exception {
    Database.Settings settings = postgres.settings();
    execute(settings, "insert into kept values ('before the stop')");

    postgres.close();

    assertThat(processes().find()).isEmpty();
    assertThat(folder.resolve("postgres/postmaster.pid")).doesNotExist();
    postgres = EmbeddedPostgres.start(folder, 0);
    assertThat(words()).contains("before the stop");
    assertThat(postgres.settings()).isEqualTo(settings);
  }

  @Test
  void aServerThatNobodyWatchesIsStoppedAtTheNextStart() throws Exception {
    execute(postgres.settings(), "insert into kept values ('before the orphan')");
    postgres.close();
    Process orphan = new PostgresProgram(folder, 0, null).prepare().start();
    await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve("postgres/postmaster.pid")));

    postgres = EmbeddedPostgres.start(folder, 0);

    assertThat(words()).contains("before the orphan");
    assertThat(orphan.isAlive()).isFalse();
  }

  @Test
  void theNumberOfAProcessThatIsAnotherOneByNowIsNoObstacle() throws Exception {
    postgres.close();
    Files.writeString(
        folder.resolve("postgres/postmaster.pid"),
        ProcessHandle.current().pid() + "\n" + folder.resolve("postgres") + "\n");

    postgres = EmbeddedPostgres.start(folder, 0);

    assertThatCode(() -> words()).doesNotThrowAnyException();
  }

  @Test
  void itEndsWithTheProcessThatStartedIt() throws Exception {
    assumeTrue(Isolation.find().endsWithParent(), "this setpriv knows no --pdeathsig");
    execute(postgres.settings(), "insert into kept values ('before the child')");
    postgres.close();
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ServersProcess.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line = output.readLine();
      while (line != null && !line.startsWith("started ")) {
        line = output.readLine();
      }
      assertThat(line).as("the child process ended").isNotNull();
    }
    ServerProcesses redis = new ServerProcesses(folder.resolve("redis"), "redis-server");
    assertThat(processes().find()).isNotEmpty();
    assertThat(redis.find()).hasSize(1);

    child.destroyForcibly();

    // Nobody starts a server that would look for them.
    await().atMost(PATIENCE).until(() -> processes().find().isEmpty() && redis.find().isEmpty());
    postgres = EmbeddedPostgres.start(folder, 0);
    assertThat(words()).contains("before the child");
  }

  @Test
  void asAnotherUserWhereNamespacesAreForbidden() throws Exception {
    assumeTrue(
        Isolation.isRoot() && Isolation.asNobody().works(), "only root can become another user");
    execute(postgres.settings(), "insert into kept values ('before the other user')");
    postgres.close();

    postgres = EmbeddedPostgres.start(new PostgresProgram(folder, 0, Isolation.asNobody()));

    assertThat(words()).contains("before the other user");
    assertThat(Files.getAttribute(Path.of("/proc/" + postmaster().pid()), "unix:uid"))
        .isEqualTo(65534);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("postgres.password"))))
        .isEqualTo("rw-------");
    postgres.close();
    postgres = EmbeddedPostgres.start(folder, 0);
    assertThat(words()).contains("before the other user");
  }

  @Test
  void dataOfAnotherVersionIsAClearError(@TempDir Path other) throws Exception {
    Files.createDirectories(other.resolve("postgres"));
    Files.writeString(other.resolve("postgres/PG_VERSION"), "9.6\n");

    refused(other, "written by PostgreSQL 9.6, and this is PostgreSQL " + PostgresPrograms.major());

    assertThat(other.resolve("postgres-bin-" + PostgresPrograms.version())).doesNotExist();
  }

  @Test
  void dataWithoutItsPasswordIsAClearError() throws Exception {
    postgres.close();
    Path password = folder.resolve("postgres.password");
    Path away = folder.resolve("away");
    Files.move(password, away);
    try {
      refused(folder, "the password of " + folder.resolve("postgres") + " is missing");
      SecretFile.write(password, "another\n");
      refused(folder, "is not the one of " + folder.resolve("postgres"));
    } finally {
      Files.move(away, password, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    postgres = EmbeddedPostgres.start(folder, 0);
    assertThatCode(() -> words()).doesNotThrowAnyException();
  }

  @Test
  void anotherMachineIsToldToNameADatabase() {
    assertThatThrownBy(
            () -> EmbeddedPostgres.requireSupported(new ServerPlatform("Mac OS X", "aarch64")))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE))
        .hasMessageContaining("Mac OS X on aarch64")
        .hasMessageContaining("--database-url");
    assertThatCode(() -> EmbeddedPostgres.requireSupported(new ServerPlatform("Linux", "amd64")))
        .doesNotThrowAnyException();
  }

  private static void refused(Path folder, String why) {
    try (EmbeddedPostgres refused = EmbeddedPostgres.start(folder, 0)) {
      assertThatThrownBy(refused::settings)
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE))
          .hasMessageContaining(why);
    }
  }

  private ServerProcesses processes() {
    return new ServerProcesses(folder.resolve("postgres"), "postgres");
  }

  private ProcessHandle postmaster() throws IOException {
    String pid = Files.readAllLines(folder.resolve("postgres/postmaster.pid")).getFirst();
    return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
  }

  private List<String> words() throws SQLException {
    List<String> words = new ArrayList<>();
    try (Connection connection = open(postgres.settings());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select word from kept")) {
      while (rows.next()) {
        words.add(rows.getString(1));
      }
    }
    return words;
  }

  private String ask(String query) throws SQLException {
    try (Connection connection = open(postgres.settings());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(1);
    }
  }

  private static void execute(Database.Settings settings, String sql) throws SQLException {
    try (Connection connection = open(settings);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Connection open(Database.Settings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), settings.password());
  }
}
