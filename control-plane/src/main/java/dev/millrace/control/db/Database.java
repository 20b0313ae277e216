package dev.millrace.control.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Jdbi;

/**
 * The database of the control plane, with its tables as this version needs them. Nothing that an
 * execution waits for reads or writes it. Thread-safe.
 */
public final class Database implements AutoCloseable {
  private final HikariDataSource primary;
  private final Optional<HikariDataSource> replica;
  private final Jdbi jdbi;
  private final Jdbi reads;

  /**
   * Where the database is.
   *
   * @param url {@code jdbc:postgresql://host:port/name}
   * @param replicaUrl the same of a read replica, which may lag behind
   * @param connections at most so many at a time, to each of the two
   */
  public record Settings(
      String url, String user, String password, Optional<String> replicaUrl, int connections) {
    private static final int CONNECTIONS = 10;

    /** A database without a replica. */
    public static Settings of(String url, String user, String password) {
      return new Settings(url, user, password, Optional.empty(), CONNECTIONS);
    }

    /** Without the password. */
    @Override
    public String toString() {
      return url + " as " + user;
    }
  }

  private Database(HikariDataSource primary, Optional<HikariDataSource> replica) {
    this.primary = primary;
    this.replica = replica;
    this.jdbi = Jdbi.create(primary);
    this.reads = replica.map(Jdbi::create).orElse(jdbi);
  }

  /**
   * Connects, and brings the tables to this version.
   *
   * @throws MillraceException {@code DATABASE_UNAVAILABLE} when it cannot be reached, or its tables
   *     are those of a newer version
   */
  public static Database open(Settings settings) {
    HikariDataSource primary = null;
    try {
      primary = pool("primary", settings.url(), settings, false);
      Flyway.configure()
          .dataSource(primary)
          .locations("classpath:db/migration")
          .loggers("slf4j")
          .load()
          .migrate();
      return new Database(
          primary, settings.replicaUrl().map(url -> pool("replica", url, settings, true)));
    } catch (PoolInitializationException | FlywayException unusable) {
      if (primary != null) {
        primary.close();
      }
      throw new MillraceException(
          ErrorCode.DATABASE_UNAVAILABLE,
          "the database " + settings + " cannot be used: " + unusable.getMessage(),
          unusable);
    }
  }

  private static HikariDataSource pool(
      String name, String url, Settings settings, boolean readOnly) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("millrace-" + name);
    config.setJdbcUrl(url);
    config.setUsername(settings.user());
    config.setPassword(settings.password());
    config.setMaximumPoolSize(settings.connections());
    config.setMinimumIdle(1);
    config.setReadOnly(readOnly);
    // A caller of the API is to be told that the database is away before he gives up himself.
    config.setConnectionTimeout(Duration.ofSeconds(5).toMillis());
    return new HikariDataSource(config);
  }

  /** For what changes something, and for what must see it. */
  public Jdbi jdbi() {
    return jdbi;
  }

  /** For lists and searches, which may be answered by a replica that lags behind. */
  public Jdbi reads() {
    return reads;
  }

  @Override
  public void close() {
    replica.ifPresent(HikariDataSource::close);
    primary.close();
  }
}
