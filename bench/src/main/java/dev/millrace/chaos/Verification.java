package dev.millrace.chaos;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.error.MillraceException;
import dev.millrace.store.EngineStores;
import dev.millrace.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Holds everything that the topics of a rig show against what was promised, once. */
final class Verification {
  /** Of a machine that does nothing else it takes seconds. */
  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(5);

  /** How long what is late may take until it counts as lost. */
  private static final Duration SETTLE_LIMIT = Duration.ofMinutes(2);

  /** Longer than the wait of {@link Mix#WAIT}: then nothing that is under way can hide. */
  private static final Duration QUIET = Duration.ofSeconds(4);

  /** What an engine logs then. */
  private static final String THREAD_REPLACED = "EngineRuntime: a stream thread ended";

  private final Rig rig;
  private final EngineGroup group;
  private final Reference reference;
  private final Set<String> poison;
  private final List<String> violations = new ArrayList<>();

  /** Dead letters of poison, by the place that they name. */
  private final Map<String, Integer> refused = new HashMap<>();

  /**
   * @param poison records that are to be refused, by their {@link #place}
   */
  Verification(Rig rig, EngineGroup group, Reference reference, Set<String> poison) {
    this.rig = rig;
    this.group = group;
    this.reference = reference;
    this.poison = poison;
  }

  /** Pauses the load, waits until nothing is under way, and looks. */
  Verdict verdict() {
    rig.load().pause();
    if (!rig.await(DRAIN_LIMIT, () -> group.lag() == 0 && quiet() && group.lag() == 0)) {
      violations.add("the lag did not return to zero in " + DRAIN_LIMIT.toSeconds() + " s");
    }
    if (!rig.awaitBalanced(Duration.ofMinutes(1))) {
      violations.add("a stream thread is missing, or a partition has no owner");
    }
    List<String> before = List.copyOf(violations);
    long deadline = System.nanoTime() + SETTLE_LIMIT.toNanos();
    while (true) {
      Verdict verdict = look();
      if (verdict.violations().isEmpty() || System.nanoTime() > deadline) {
        return verdict;
      }
      // A partition that changes hands fires its timers when its state is there, and not before:
      // what is merely late comes, and what is broken stays broken.
      rig.tell("%d violations as yet".formatted(verdict.violations().size()));
      rig.pause(QUIET);
      violations.clear();
      violations.addAll(before);
      refused.clear();
    }
  }

  private Verdict look() {
    Oracle oracle = new Oracle(List.of(), reference);
    Map<String, Integer> calls = rig.stub().calls();
    calls.keySet().stream().filter(key -> !key.isEmpty()).forEach(oracle::seeOutside);
    readTopics(oracle);
    violations.addAll(oracle.violations(rig.load().accepted()));
    return new Verdict(
        rig.load().acceptedCalls(),
        oracle.executions(),
        oracle.waiting(),
        calls.values().stream().filter(times -> times > 1).count(),
        rig.engines().stream()
            .flatMap(engine -> engine.lines().stream())
            .filter(line -> line.contains(THREAD_REPLACED))
            .count(),
        violations);
  }

  private boolean quiet() {
    long from = System.nanoTime();
    rig.pause(QUIET);
    return rig.progress().since(from) == 0;
  }

  private void readTopics(Oracle oracle) {
    try (CommittedRecords records = new CommittedRecords(rig.bootstrap(), DRAIN_LIMIT)) {
      var commands = rig.serdes().serde(CommandRecord.class);
      records.read(
          Topic.COMMANDS.topicName(), clean(r -> oracle.see(commands.fromBytes(r.value()))));
      var batches = rig.serdes().serde(EventBatch.class);
      records.read(Topic.EVENTS.topicName(), clean(r -> oracle.see(batches.fromBytes(r.value()))));
      var replies = rig.serdes().serde(ReplyRecord.class);
      records.read(Topic.REPLIES.topicName(), clean(r -> oracle.see(replies.fromBytes(r.value()))));
      var letters = rig.serdes().serde(DeadLetterRecord.class);
      records.read(
          Topic.DEAD_LETTERS.topicName(),
          clean(r -> {
            DeadLetterRecord letter = letters.fromBytes(r.value());
            if (expected(letter)) {
              refused.merge(
                  place(letter.getTopic(), letter.getPartition(), letter.getOffset()),
                  1,
                  Integer::sum);
            } else {
              oracle.see(letter);
            }
          }));
      checkRefused();
      records
          .stored(EngineStores.changelog(EngineGroup.ENGINES, EngineStores.EXECUTIONS))
          .forEach(batch -> oracle.seeStored(batches.fromBytes(batch).getExecutionId()));
    } catch (MillraceException unreadable) {
      violations.add("a topic cannot be read: " + unreadable.text());
    }
  }

  /** What the engines cannot read is a dead letter once: it is written in their transaction. */
  private void checkRefused() {
    for (String place : poison) {
      boolean input =
          place.startsWith(Topic.COMMANDS.topicName() + "-")
              || place.startsWith(Topic.SIGNALS.topicName() + "-");
      int letters = refused.getOrDefault(place, 0);
      if (input && letters != 1) {
        violations.add(
            "what nobody can read at " + place + " is a dead letter " + letters + " times");
      }
    }
  }

  /** Leaves out what a scenario wrote to be refused. */
  private Consumer<ConsumerRecord<byte[], byte[]>> clean(
      Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    return record -> {
      if (!poison.contains(place(record.topic(), record.partition(), record.offset()))) {
        reader.accept(record);
      }
    };
  }

  /** Workers do not know the place of a task, so of its dead letter only the topic is known. */
  private boolean expected(DeadLetterRecord letter) {
    return poison.contains(place(letter.getTopic(), letter.getPartition(), letter.getOffset()))
        || (letter.getTopic().equals(Topic.TASKS.topicName())
            && letter.getPartition() < 0
            && poison.stream().anyMatch(place -> place.startsWith(letter.getTopic() + "-")));
  }

  /** Where a record is, as a text. */
  static String place(String topic, int partition, long offset) {
    return topic + "-" + partition + "@" + offset;
  }
}
