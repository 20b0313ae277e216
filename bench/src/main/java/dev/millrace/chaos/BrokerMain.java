package dev.millrace.chaos;

import dev.millrace.standalone.embedded.ClusterNode;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** One Kafka node in a process of its own: {@code DIR PORT ID CLUSTER CONTROLLER_PORT…}. */
public final class BrokerMain {
  static final String READY = "The broker is ready";

  private BrokerMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    List<Integer> controllers = Arrays.stream(arguments).skip(4).map(Integer::valueOf).toList();
    EmbeddedKafka kafka =
        new EmbeddedKafka(
            Path.of(arguments[0]),
            Integer.parseInt(arguments[1]),
            new ClusterNode(Integer.parseInt(arguments[2]), arguments[3], controllers));
    kafka.start();
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  kafka.close();
                  stopped.countDown();
                }));
    System.out.println(READY);
    stopped.await();
  }
}
