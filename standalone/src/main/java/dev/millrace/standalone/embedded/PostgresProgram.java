package dev.millrace.standalone.embedded;

import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.util.PasswordUtil;

/**
 * PostgreSQL with its data in a data folder:
 *
 * <ul>
 *   <li>{@code postgres-bin-VERSION}: its programs
 *   <li>{@code postgres}: its data, made by {@code initdb}
 *   <li>{@code postgres.password}: of both its users, for the owner of the file alone
 *   <li>{@code postgres.port}: where it listened last
 *   <li>{@code postgres.log}: what it has to say
 * </ul>
 *
 * <p>The application's user owns one database and no more. The other one is the superuser, which is
 * used to create the first and nothing else. The password is nowhere on a command line.
 */
final class PostgresProgram implements ServerProgram<Database.Settings> {
  private static final String APPLICATION = "millrace";
  private static final String SUPERUSER = "postgres";
  private static final Duration ORPHAN_LIMIT = Duration.ofSeconds(30);

  /** The line of {@code postmaster.pid} that says {@code ready} when connections are taken. */
  private static final int STATUS_LINE = 7;

  private static final String NO_SUCH_DATABASE = "3D000";
  private static final String WRONG_PASSWORD = "28P01";
  private static final String CLASS_REFUSED_HERE = "28";

  private final Path root;
  private final Path data;
  private final Path passwordFile;
  private final Path portFile;
  private final int wantedPort;
  private @Nullable Isolation isolation;
  private String password = "";
  private int port;

  /** Whether clients may know the port. */
  private boolean answered;

  /**
   * @param root the data folder, which nobody else has
   * @param wantedPort 0 for a free one, which it is to find again
   * @param isolation how it is started; null for what works
   */
  PostgresProgram(Path root, int wantedPort, @Nullable Isolation isolation) {
    this.root = root.toAbsolutePath().normalize();
    this.data = this.root.resolve("postgres");
    this.passwordFile = this.root.resolve("postgres.password");
    this.portFile = this.root.resolve("postgres.port");
    this.wantedPort = wantedPort;
    this.isolation = isolation;
  }

  @Override
  public String name() {
    return "PostgreSQL";
  }

  @Override
  public Path log() {
    return root.resolve("postgres.log");
  }

  /** Fast, which ends connections and writes everything; then at once, which is repaired later. */
  @Override
  public List<String> stopSignals() {
    return List.of("INT", "QUIT");
  }

  @Override
  public MillraceException failed(String why, @Nullable Throwable cause) {
    return new MillraceException(
        ErrorCode.DATABASE_UNAVAILABLE, why + "; --database-url names another one", cause);
  }

  @Override
  public ProcessBuilder prepare() throws IOException, InterruptedException {
    requireSameVersion();
    stopOrphan();
    Isolation how = isolation == null ? Isolation.find() : isolation;
    isolation = how;
    Path programs = PostgresPrograms.unpack(root).resolve("bin");
    boolean isNew = !Files.isDirectory(data);
    readPassword(isNew);
    how.give(passwordFile, data);
    if (isNew) {
      ProgramFolder.make(data, unfinished -> createData(programs, unfinished, how));
    }
    choosePort();
    List<String> command = new ArrayList<>();
    command.add(programs.resolve("postgres").toString());
    command.add("-D");
    command.add(data.toString());
    command.addAll(PostgresSettings.options(port));
    return how.command(command, "INT", log());
  }

  private void requireSameVersion() throws IOException {
    Path file = data.resolve("PG_VERSION");
    if (!Files.isDirectory(data)) {
      return;
    }
    String written = Files.exists(file) ? Files.readString(file).strip() : "";
    if (!written.equals(PostgresPrograms.major())) {
      throw new MillraceException(
          ErrorCode.DATABASE_UNAVAILABLE,
          written.isEmpty()
              ? data + " is no data of PostgreSQL: it has no PG_VERSION"
              : data
                  + " was written by PostgreSQL "
                  + written
                  + ", and this is PostgreSQL "
                  + PostgresPrograms.major()
                  + ": dump it with the Millrace that wrote it, or move it away");
    }
  }

  /**
   * A server whose process was killed together with this one's predecessor, or that did not see it
   * end, is stopped: nobody knows what it was started with. What it left in {@code postmaster.pid}
   * may be the number of another process by now, for which the new server would not start.
   */
  private void stopOrphan() throws IOException, InterruptedException {
    new ServerProcesses(data, "postgres").stop("INT", ORPHAN_LIMIT);
    Files.deleteIfExists(data.resolve("postmaster.pid"));
  }

  private void readPassword(boolean isNew) throws IOException {
    if (isNew) {
      // Before the data that knows it: a kill in between leaves a password of nothing.
      SecretFile.write(passwordFile, SecretFile.randomPassword() + "\n");
    } else if (!Files.exists(passwordFile)) {
      throw new MillraceException(
          ErrorCode.DATABASE_UNAVAILABLE,
          "the password of " + data + " is missing: put " + passwordFile + " back");
    }
    password = Files.readString(passwordFile).strip();
  }

  private void createData(Path programs, Path unfinished, Isolation how)
      throws IOException, InterruptedException {
    how.give(unfinished);
    int exitCode =
        how.run(
            List.of(
                programs.resolve("initdb").toString(),
                "--pgdata=" + unfinished,
                "--username=" + SUPERUSER,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                // Not the operating system's order of letters, which changes with its version and
                // breaks indexes; and nothing that has to be installed.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions"),
            log());
    if (exitCode != 0) {
      throw failed("initdb ended with exit code " + exitCode + ": see " + log(), null);
    }
  }

  /** The one of before where it is free, so that what an operator wrote down stays right. */
  private void choosePort() throws IOException {
    if (wantedPort != 0) {
      port = wantedPort;
      return;
    }
    if (answered) {
      // Whoever has it now: it can only be waited for.
      return;
    }
    int remembered = remembered();
    int chosen = remembered != 0 && FreePort.isFree(remembered) ? remembered : FreePort.find();
    Files.writeString(portFile, chosen + "\n");
    port = chosen;
  }

  private int remembered() throws IOException {
    if (!Files.exists(portFile)) {
      return 0;
    }
    String line = Files.readString(portFile).strip();
    return line.matches("[1-9][0-9]{3,4}") ? Integer.parseInt(line) : 0;
  }

  @Override
  public Optional<Database.Settings> ask() {
    if (!takesConnections()) {
      return Optional.empty();
    }
    try (Connection connection = connect(APPLICATION, APPLICATION)) {
      requireDurable(connection);
      answered = true;
      return Optional.of(Database.Settings.of(url(APPLICATION), APPLICATION, password));
    } catch (SQLException refused) {
      String state = Objects.requireNonNullElse(refused.getSQLState(), "");
      if (state.equals(NO_SUCH_DATABASE) || state.startsWith(CLASS_REFUSED_HERE)) {
        createDatabase();
      }
      // Otherwise it starts, or ends, which its process tells.
      return Optional.empty();
    }
  }

  private boolean takesConnections() {
    try {
      List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
      return lines.size() > STATUS_LINE && lines.get(STATUS_LINE).strip().equals("ready");
    } catch (IOException notYet) {
      return false;
    }
  }

  private static void requireDurable(Connection connection) throws SQLException {
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      try (Statement statement = connection.createStatement();
          ResultSet answer = statement.executeQuery("show " + setting)) {
        if (!answer.next() || !answer.getString(1).equals("on")) {
          throw new MillraceException(
              ErrorCode.INTERNAL, "PostgreSQL runs without " + setting + " and could lose data");
        }
      }
    }
  }

  /** What a start that was killed half way created is taken as it is. */
  private void createDatabase() {
    try (Connection connection = connect(SUPERUSER, "postgres");
        Statement statement = connection.createStatement()) {
      boolean hasUser = exists(connection, "select 1 from pg_roles where rolname = ?");
      // Hashed here, because the driver's own log may have statements; quoted by the server.
      statement.execute(
          quoted(
              connection,
              "select format('"
                  + (hasUser ? "alter" : "create")
                  + " role millrace login password %L', ?::text)",
              PasswordUtil.encodePassword(APPLICATION, password.toCharArray(), "scram-sha-256")));
      if (!exists(connection, "select 1 from pg_database where datname = ?")) {
        statement.execute("create database millrace owner millrace");
      }
    } catch (SQLException refused) {
      boolean wrongPassword = WRONG_PASSWORD.equals(refused.getSQLState());
      throw new MillraceException(
          ErrorCode.DATABASE_UNAVAILABLE,
          wrongPassword
              ? "the password in " + passwordFile + " is not the one of " + data
              : "the database cannot be created: " + refused.getMessage(),
          refused);
    }
  }

  private static boolean exists(Connection connection, String query) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, APPLICATION);
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next();
      }
    }
  }

  private static String quoted(Connection connection, String query, String value)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, value);
      try (ResultSet answer = statement.executeQuery()) {
        answer.next();
        return answer.getString(1);
      }
    }
  }

  private Connection connect(String user, String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("ApplicationName", "millrace-start");
    // Seconds: this is asked again, and must end when the server is stopped.
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "30");
    Connection connection = new Driver().connect(url(database), properties);
    return Objects.requireNonNull(connection);
  }

  /**
   * Neither encryption that the server has not is asked for, each of which is one more question.
   */
  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:"
        + port
        + "/"
        + database
        + "?sslmode=disable&gssEncMode=disable";
  }
}
