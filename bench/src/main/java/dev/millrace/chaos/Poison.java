package dev.millrace.chaos;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Records that nobody can read, in every partition of every topic, again and again. */
final class Poison implements Scenario {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int HEADER_BYTES = 900_000;

  @Override
  public String name() {
    return "poison";
  }

  @Override
  public Set<Part> touches() {
    return Set.of();
  }

  @Override
  public String fault() {
    return "undecodable bytes, wrong magic, unknown schema, null keys and values, huge headers in"
        + " every topic";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                rig.bootstrap(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                4 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      return faults
          .repeat(
              time,
              number -> {
                long begin = System.nanoTime();
                int written = 0;
                for (Topic topic : Topic.values()) {
                  int partitions = producer.partitionsFor(topic.topicName()).size();
                  for (int partition = 0; partition < partitions; partition++) {
                    written += poison(rig, producer, topic, partition, random);
                  }
                }
                rig.tell("poison " + number + ": " + written + " records");
                rig.pause(Duration.ofSeconds(5));
                return faults.within(
                    LIMIT, rig.progress().longestGap(begin, System.nanoTime()), "poison " + number);
              })
          .result();
    }
  }

  /** How many records the broker took. */
  private static int poison(
      Rig rig,
      Producer<byte[], byte[]> producer,
      Topic topic,
      int partition,
      RandomGenerator random)
      throws Exception {
    byte[] key = ("poison-" + random.nextLong()).getBytes(StandardCharsets.UTF_8);
    byte[] good =
        rig.serdes()
            .serde(CommandRecord.class)
            .toBytes(
                new CommandRecord(
                    new String(key, StandardCharsets.UTF_8),
                    "default",
                    Instant.now(),
                    new CancelExecution("nobody")));
    byte[] garbage = new byte[64];
    random.nextBytes(garbage);
    garbage[0] = 0;
    byte[] wrongMagic = good.clone();
    wrongMagic[0] = 9;
    byte[] unknownSchema = good.clone();
    unknownSchema[1] = 99;
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (byte[] value :
        new byte[][] {garbage, wrongMagic, unknownSchema, new byte[0], new byte[] {0, 0, 0}}) {
      records.add(poisoned(topic, partition, key, value));
    }
    records.add(poisoned(topic, partition, null, good));
    records.add(poisoned(topic, partition, key, null));
    records.add(poisoned(topic, partition, null, null));
    ProducerRecord<byte[], byte[]> huge = poisoned(topic, partition, key, wrongMagic);
    huge.headers().add("huge", new byte[HEADER_BYTES]);
    records.add(huge);
    int taken = 0;
    for (ProducerRecord<byte[], byte[]> each : records) {
      try {
        RecordMetadata at = producer.send(each).get();
        rig.poisoned(at);
        taken++;
      } catch (ExecutionException refused) {
        // A compacted topic takes no record without a key.
        if (!(refused.getCause() instanceof InvalidRecordException)) {
          throw refused;
        }
      }
    }
    return taken;
  }

  private static ProducerRecord<byte[], byte[]> poisoned(
      Topic topic, int partition, byte @Nullable [] key, byte @Nullable [] value) {
    return new ProducerRecord<>(topic.topicName(), partition, key, value);
  }
}
