package dev.millrace.control.history;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import dev.millrace.control.history.mongo.MongoHistory;
import java.time.InstantSource;

/** A server that speaks MongoDB's protocol, in memory, with one history after the other. */
public final class MongoServerForTests implements AutoCloseable {
  private final MongoServer server = new MongoServer(new MemoryBackend());
  private final MongoClient client = MongoClients.create(server.bindAndGetConnectionString());
  private int databases;

  /** An empty history. */
  public History history(InstantSource clock) {
    return new MongoHistory(client.getDatabase("millrace" + ++databases), clock);
  }

  @Override
  public void close() {
    client.close();
    server.shutdownNow();
  }
}
