package dev.millrace.control.history.mongo;

import dev.millrace.control.history.EventStream;
import dev.millrace.control.history.History;
import dev.millrace.control.history.HistoryContract;
import dev.millrace.control.history.MongoServerForTests;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;

/** Held against a server that speaks MongoDB's protocol and is none: see docs/history.md. */
final class MongoHistoryTest extends HistoryContract {
  private final MongoServerForTests server = new MongoServerForTests();
  private final History history = server.history(InstantSource.fixed(EventStream.BEGIN));

  @Override
  protected History history() {
    return history;
  }

  @AfterEach
  void close() {
    server.close();
  }
}
