package dev.millrace.standalone.definitions;

import dev.millrace.control.db.Database;
import dev.millrace.control.workflows.OutboxRelay;
import dev.millrace.control.workflows.PublishedFiles;
import dev.millrace.control.workflows.WorkflowPublisher;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What a control plane does for publications, in a process that a test can kill: it publishes
 * without end, and prints each version once it is committed.
 */
final class PublishingProcess {
  static final String PASSWORD = "TEST_DATABASE_PASSWORD";
  static final int WORKFLOWS = 5;

  private PublishingProcess() {}

  /** Arguments: the database's URL and user, Kafka, and what no other process was given. */
  public static void main(String[] arguments) {
    Database database =
        Database.open(Database.Settings.of(arguments[0], arguments[1], System.getenv(PASSWORD)));
    OutboxRelay relay =
        new OutboxRelay(
            database,
            arguments[2],
            1 << 20,
            new MillraceSerdes(EmbeddedRegistry.onKafka(arguments[2])));
    PublishedFiles files =
        new PublishedFiles(
            database, new Workflows(database), new WorkflowPublisher(1 << 20, relay::look));
    relay.start();
    for (int i = 0; true; i++) {
      String id = "w" + i % WORKFLOWS;
      int version = files.publish(id, document(arguments[3] + "-" + i));
      System.out.println(id + "/" + version);
    }
  }

  private static WorkflowDocument document(String name) {
    return WorkflowDocument.parse(
        Json.text(Map.of("name", name, "nodes", List.of(), "connections", Map.of()))
            .getBytes(StandardCharsets.UTF_8));
  }
}
