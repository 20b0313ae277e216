package dev.millrace.control.history;

import dev.millrace.control.db.Database;
import dev.millrace.control.history.FailingHistory.Fault;
import dev.millrace.control.history.postgres.PostgresHistory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

final class PostgresExactlyOnceTest extends ExactlyOnceProperties {
  private static @Nullable EmbeddedPostgres server;
  private static @Nullable Database database;

  @BeforeContainer
  static void start() throws IOException {
    EmbeddedPostgres started = EmbeddedPostgres.builder().start();
    server = started;
    database =
        Database.open(
            Database.Settings.of(
                started.getJdbcUrl("postgres", "postgres"), "postgres", "postgres"));
  }

  @AfterContainer
  static void stop() throws IOException {
    Objects.requireNonNull(database).close();
    Objects.requireNonNull(server).close();
  }

  @Override
  History history() {
    Database open = Objects.requireNonNull(database);
    open.jdbi()
        .useHandle(handle ->
            handle.execute("truncate execution, execution_data, execution_open, history_position"));
    return new PostgresHistory(open);
  }

  @Override
  List<Fault> faults() {
    // A transaction is there as a whole or not at all.
    return List.of(Fault.NONE, Fault.BEFORE, Fault.AFTER);
  }
}
