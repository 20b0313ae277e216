package dev.millrace.control.db;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link Database} of their own on a real PostgreSQL, which is started once for all
 * of them: one in a test's parameters is new for each test, one in a constructor's too.
 */
public final class PostgresExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(PostgresExtension.class);

  /** The server, and the number of databases that it has had. */
  private static final class Server implements AutoCloseable {
    private final EmbeddedPostgres postgres;
    private int databases;

    Server() {
      try {
        postgres = EmbeddedPostgres.builder().start();
      } catch (IOException notStarted) {
        throw new UncheckedIOException(notStarted);
      }
    }

    synchronized Database.Settings create() {
      String name = "test" + ++databases;
      try (Connection connection = postgres.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create database " + name);
      } catch (SQLException failed) {
        throw new IllegalStateException(failed);
      }
      return Database.Settings.of(postgres.getJdbcUrl("postgres", name), "postgres", "postgres");
    }

    @Override
    public void close() throws IOException {
      postgres.close();
    }
  }

  /** Closed with the test that it was made for. */
  private record Opened(Database database) implements AutoCloseable {
    @Override
    public void close() {
      database.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Database.class || type == Database.Settings.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Database.Settings settings =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(Server.class, none -> new Server(), Server.class)
            .create();
    if (parameter.getParameter().getType() == Database.Settings.class) {
      return settings;
    }
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(settings.url(), none -> new Opened(Database.open(settings)), Opened.class)
        .database();
  }
}
