package dev.millrace.standalone.embedded;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** PostgreSQL and Redis on a folder, in a process that a test can kill. */
final class ServersProcess {
  private ServersProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    Path folder = Path.of(arguments[0]);
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder, 0);
        EmbeddedRedis redis = EmbeddedRedis.start(folder)) {
      System.out.println("started " + postgres.settings() + " and " + redis.settings());
      new CountDownLatch(1).await();
    }
  }
}
