package dev.millrace.control.history.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import dev.millrace.control.history.EventStream;
import dev.millrace.control.history.History;
import dev.millrace.control.history.HistoryContract;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;

/** Held against a server that speaks MongoDB's protocol and is none: see docs/history.md. */
final class MongoHistoryTest extends HistoryContract {
  private final MongoServer server = new MongoServer(new MemoryBackend());
  private final MongoClient client = MongoClients.create(server.bindAndGetConnectionString());
  private final History history =
      new MongoHistory(client.getDatabase("millrace"), InstantSource.fixed(EventStream.BEGIN));

  @Override
  protected History history() {
    return history;
  }

  @AfterEach
  void close() {
    client.close();
    server.shutdownNow();
  }
}
