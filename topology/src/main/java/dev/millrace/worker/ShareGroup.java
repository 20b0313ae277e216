package dev.millrace.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of a share group, which lie on the broker, and its members. One thread uses it. */
final class ShareGroup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShareGroup.class);
  private static final long PATIENCE_SECONDS = 10;

  private final Admin admin;
  private final PumpSettings settings;
  private @Nullable KafkaFuture<ShareGroupDescription> asked;

  ShareGroup(PumpSettings settings) {
    this.settings = settings;
    this.admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()));
  }

  /**
   * To be done before the first member subscribes, since the first two settings decide where the
   * group begins to read.
   *
   * @throws ExecutionException when the broker cannot be reached or refuses
   */
  void configure() throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, String> needed = new LinkedHashMap<>();
    // The default is what comes from now on: tasks that were written before the first worker ever
    // started would never run.
    needed.put("share.auto.offset.reset", "earliest");
    // By default tasks of aborted transactions are delivered too: calls that no execution made.
    needed.put("share.isolation.level", "read_committed");
    alter(needed);

    // How long the tasks of a worker wait that froze. (Of one that died they do not: the broker
    // sees its connection break.)
    alterIfAllowed("share.record.lock.duration.ms", String.valueOf(settings.lock().toMillis()));
    // The broker drops a task in silence after so many deliveries, so the most that it takes by
    // default; the pump gives up aloud before.
    alterIfAllowed("share.delivery.count.limit", "10");
    // The broker counts from the oldest unfinished offset of a partition to the newest that it
    // delivered, finished ones and transaction markers between them included: one slow task stops
    // its partition after so many. 10,000 is the most that any broker takes, 4,000 the most that it
    // takes unless it is told otherwise, and 2,000 is the default.
    alterIfAllowed("share.partition.max.record.locks", "10000", "4000");
  }

  /** Sets the first value that the broker takes. */
  private void alterIfAllowed(String name, String... values)
      throws InterruptedException, TimeoutException {
    for (String value : values) {
      try {
        alter(Map.of(name, value));
        return;
      } catch (ExecutionException refused) {
        LOG.warn(
            "The group {} cannot have {} = {}: {}",
            settings.group(),
            name,
            value,
            String.valueOf(refused.getCause()));
      }
    }
  }

  private void alter(Map<String, String> changes)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<AlterConfigOp> operations = new ArrayList<>();
    changes.forEach((name, value) ->
        operations.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
    admin
        .incrementalAlterConfigs(
            Map.of(new ConfigResource(ConfigResource.Type.GROUP, settings.group()), operations))
        .all()
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Whether the broker has given partitions to a member. Does not wait: asks, and answers at a
   * later call.
   */
  boolean hasPartitions(String clientId) {
    KafkaFuture<ShareGroupDescription> question = asked;
    if (question == null) {
      asked =
          admin
              .describeShareGroups(List.of(settings.group()))
              .describedGroups()
              .get(settings.group());
      return false;
    }
    if (!question.isDone()) {
      return false;
    }
    asked = null;
    if (question.isCompletedExceptionally()) {
      return false;
    }
    try {
      return question.getNow(null).members().stream()
          .anyMatch(member ->
              member.clientId().equals(clientId)
                  && !member.assignment().topicPartitions().isEmpty());
    } catch (ExecutionException | InterruptedException unanswered) {
      return false;
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
