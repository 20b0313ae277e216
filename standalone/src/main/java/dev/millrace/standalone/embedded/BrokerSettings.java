package dev.millrace.standalone.embedded;

import dev.millrace.topic.TopicSetup;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The settings of an embedded broker: a node that is broker and controller. */
final class BrokerSettings {
  static final String CONTROLLER_LISTENER = "CONTROLLER";
  private static final String CLIENT_LISTENER = "CLIENT";

  private BrokerSettings() {}

  /** Every setting but the plain wiring says why it is not Kafka's default. */
  static Map<String, Object> of(Path directory, int port, ClusterNode node) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", String.valueOf(node.id()));
    settings.put("controller.quorum.voters", node.voters());
    // The loopback address only: the broker has no authentication.
    String client = CLIENT_LISTENER + "://127.0.0.1:" + port;
    settings.put(
        "listeners", client + "," + CONTROLLER_LISTENER + "://127.0.0.1:" + node.controllerPort());
    settings.put("advertised.listeners", client);
    settings.put(
        "listener.security.protocol.map",
        CLIENT_LISTENER + ":PLAINTEXT," + CONTROLLER_LISTENER + ":PLAINTEXT");
    settings.put("inter.broker.listener.name", CLIENT_LISTENER);
    settings.put("controller.listener.names", CONTROLLER_LISTENER);
    settings.put("log.dirs", directory.toString());

    // As many replicas as there are brokers, up to three: a record counts as written when all but
    // one have it, so any one may die. Four partitions: each of Kafka's own topics is loaded at
    // start, and 50 of them take seconds and files for nothing.
    String replicas = String.valueOf(node.replication());
    String inSync = String.valueOf(TopicSetup.minInSync(node.replication()));
    settings.put("default.replication.factor", replicas);
    settings.put("min.insync.replicas", inSync);
    settings.put("offsets.topic.replication.factor", replicas);
    settings.put("offsets.topic.num.partitions", "4");
    settings.put("transaction.state.log.replication.factor", replicas);
    settings.put("transaction.state.log.min.isr", inSync);
    settings.put("transaction.state.log.num.partitions", "4");
    settings.put("share.coordinator.state.topic.replication.factor", replicas);
    settings.put("share.coordinator.state.topic.min.isr", inSync);
    settings.put("share.coordinator.state.topic.num.partitions", "4");

    // A member of a share group gets its partitions with its second heartbeat, every 5 s by
    // default:
    // a worker would take its first task that late.
    settings.put("group.share.min.heartbeat.interval.ms", "1000");
    settings.put("group.share.heartbeat.interval.ms", "1000");
    // A worker that was killed keeps its partitions for a session, 45 s by default, in which nobody
    // else gets the tasks that lie there; after a kill of this process that includes its successor.
    settings.put("group.share.min.session.timeout.ms", "6000");
    settings.put("group.share.session.timeout.ms", "6000");
    // How many offsets of a partition may be delivered beyond a task that takes its time; 4000 by
    // default.
    settings.put("group.share.max.partition.max.record.locks", "10000");
    // A worker that froze keeps its tasks for as long as their lock, at least 15 s by default.
    settings.put("group.share.min.record.lock.duration.ms", "1000");

    // All members of a group start with the process: waiting 3 s for more only delays the first
    // record.
    settings.put("group.initial.rebalance.delay.ms", "0");
    // A transaction that begins while the markers of the one before are being written is told to
    // try again; with the default of 20 ms a back-to-back transaction took 15 ms, with 1 ms it
    // takes 2. The second setting is how long the broker tries by itself.
    settings.put("add.partitions.to.txn.retry.backoff.ms", "1");
    settings.put("add.partitions.to.txn.retry.backoff.max.ms", "5000");
    // A dead engine's open transaction holds up who reads what it has in common with others, until
    // its time is over and the broker has looked; it looks every 10 s by default.
    settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    // After a kill the controller lets the broker in again only when its old session is over:
    // 9 s by default, which made a restart take 20 s. It beats four times as often.
    // One of several is only taken for dead where it has not been heard of for longer.
    settings.put("broker.session.timeout.ms", node.replication() > 1 ? "6000" : "2000");
    settings.put("broker.heartbeat.interval.ms", "500");
    // A misspelt topic is an error, not a new topic with the wrong number of partitions.
    settings.put("auto.create.topics.enable", "false");
    // A webhook body of 16 MiB, JSON-escaped and in its envelope, is one record.
    settings.put("message.max.bytes", String.valueOf(40 * 1024 * 1024));
    // The cleaner allocates this at start: 128 MiB by default, for topics of billions of keys.
    // Eight mebibytes clean 300,000 keys in one pass.
    settings.put("log.cleaner.dedupe.buffer.size", String.valueOf(8 * 1024 * 1024));
    return settings;
  }
}
