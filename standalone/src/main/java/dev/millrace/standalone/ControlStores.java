package dev.millrace.standalone;

import dev.millrace.control.db.Database;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.standalone.embedded.EmbeddedRedis;
import dev.millrace.standalone.embedded.RedisSettings;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where the control plane keeps what it knows: a PostgreSQL and a Redis, each of which is either
 * named by the operator or a child of this process with its data in the data folder. Nothing that
 * an execution waits for needs them. Thread-safe.
 *
 * <p>Both children start at the same time, beside whatever else starts, and are started again when
 * they end by themselves, at the same addresses.
 */
final class ControlStores implements AutoCloseable {
  private final StartedParts parts = new StartedParts();
  private final Supplier<Database.Settings> database;
  private final Supplier<RedisSettings> redis;

  /**
   * What an operator names; what is empty is started here.
   *
   * @param database a PostgreSQL, with a database that is there
   */
  record Settings(Optional<Database.Settings> database, Optional<RedisSettings> redis) {
    /** Both come along. */
    static final Settings EMBEDDED = new Settings(Optional.empty(), Optional.empty());
  }

  private ControlStores(DataFolder data, Settings settings) {
    database =
        settings
            .database()
            .<Supplier<Database.Settings>>map(named -> () -> named)
            .orElseGet(() -> parts.add(EmbeddedPostgres.start(data.root(), 0))::settings);
    redis =
        settings
            .redis()
            .<Supplier<RedisSettings>>map(named -> () -> named)
            .orElseGet(() -> parts.add(EmbeddedRedis.start(data.root()))::settings);
  }

  /**
   * Begins to start what is not named, and returns at once.
   *
   * @param data stays open for longer than this
   */
  static ControlStores start(DataFolder data, Settings settings) {
    return new ControlStores(data, settings);
  }

  /**
   * Waits for the PostgreSQL that comes along; one that is named is not asked here.
   *
   * @throws MillraceException {@code DATABASE_UNAVAILABLE} when it does not start, with the reason
   */
  Database.Settings database() {
    return database.get();
  }

  /**
   * Waits for the Redis that comes along; one that is named is not asked here.
   *
   * @throws MillraceException {@code REDIS_UNAVAILABLE} when it does not start, with the reason
   */
  RedisSettings redis() {
    return redis.get();
  }

  /** Waits for both, as {@link #database} and {@link #redis} do. */
  void await() {
    database();
    redis();
  }

  /** Stops those that were started here. */
  @Override
  public void close() {
    parts.close();
  }
}
