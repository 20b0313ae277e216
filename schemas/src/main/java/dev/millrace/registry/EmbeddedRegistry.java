package dev.millrace.registry;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry that needs no server: subjects and ids stand in a log, in the product the compacted
 * topic {@code millrace.schemas}, and are served from memory.
 *
 * <p>Any number of instances agree on the ids without a leader. To register, an instance appends a
 * claim "this subject has this schema under this id" and reads on to the end. A claim counts unless
 * an earlier one gave the id to another schema or gave the schema another id; all instances decide
 * so in the log's order and come to the same answer. Who lost an id claims the next one. No claim
 * is ever overwritten, since compaction would then take away the one that counted.
 *
 * <p>An id names a schema in all subjects, as in Confluent's registry. Thread-safe; known schemas
 * are answered without touching the log.
 */
public final class EmbeddedRegistry implements SchemaRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRegistry.class);

  private final SchemaLog log;

  /** Held while reading or appending. Not a monitor: callers may be virtual threads. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Registration, Integer> registered = new ConcurrentHashMap<>();
  // Guarded by the lock.
  private final Map<String, Integer> idsByText = new HashMap<>();
  private final Map<String, List<Schema>> subjects = new LinkedHashMap<>();

  /**
   * The registry that a broker's own topic holds, which has to exist.
   *
   * @param bootstrapServers Kafka, {@code host:port,...}
   */
  public static EmbeddedRegistry onKafka(String bootstrapServers) {
    return new EmbeddedRegistry(
        new KafkaSchemaLog(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers)));
  }

  /**
   * @param log is closed with the registry, and when it cannot be read now
   */
  public EmbeddedRegistry(SchemaLog log) {
    this.log = log;
    try {
      catchUp();
    } catch (MillraceException unavailable) {
      log.close();
      throw unavailable;
    }
  }

  /** A registry of its own in memory. */
  public static EmbeddedRegistry inMemory() {
    return new EmbeddedRegistry(new MemorySchemaLog());
  }

  @Override
  public int register(String subject, Schema schema) {
    Registration registration = new Registration(subject, schema.toString());
    Integer known = registered.get(registration);
    if (known != null) {
      return known;
    }
    lock.lock();
    try {
      catchUp();
      for (Integer id = registered.get(registration); ; id = registered.get(registration)) {
        if (id != null) {
          return id;
        }
        Compatibility.requireFullTransitive(
            subject, schema, subjects.getOrDefault(subject, List.of()));
        claim(registration);
        catchUp();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<Schema> byId(int id) {
    Schema known = schemas.get(id);
    if (known == null) {
      // Another instance may have registered it since; it did so before it wrote any record.
      lock.lock();
      try {
        catchUp();
      } finally {
        lock.unlock();
      }
      known = schemas.get(id);
    }
    return Optional.ofNullable(known);
  }

  /** The subjects, in the order in which they were first registered. */
  public List<String> subjects() {
    lock.lock();
    try {
      return List.copyOf(subjects.keySet());
    } finally {
      lock.unlock();
    }
  }

  /** The schemas of a subject, oldest first: version 1 and so on. Empty when there is none. */
  public List<Schema> versions(String subject) {
    lock.lock();
    try {
      return List.copyOf(subjects.getOrDefault(subject, List.of()));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      log.close();
    } finally {
      lock.unlock();
    }
  }

  private void claim(Registration registration) {
    Integer sameSchema = idsByText.get(registration.schema());
    int id =
        sameSchema != null
            ? sameSchema
            : schemas.keySet().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
    Map<String, @Nullable Object> claim = new LinkedHashMap<>();
    claim.put("subject", registration.subject());
    claim.put("id", (double) id);
    claim.put("schema", registration.schema());
    log.append(registration.subject() + "/" + id + "/" + UUID.randomUUID(), Json.write(claim));
  }

  private void catchUp() {
    for (byte[] entry : log.readToEnd()) {
      try {
        apply(entry);
      } catch (MillraceException | AvroRuntimeException foreign) {
        LOG.warn(
            "An entry of the schema log cannot be read and is ignored: {}", foreign.toString());
      }
    }
  }

  private void apply(byte[] entry) {
    Map<String, @Nullable Object> claim = Json.parseObject(entry);
    if (!(claim.get("subject") instanceof String subject)
        || !(claim.get("id") instanceof Double number)
        || !(claim.get("schema") instanceof String text)) {
      throw new MillraceException(ErrorCode.UNREADABLE_RECORD, "subject, id or schema is missing");
    }
    int id = number.intValue();
    Integer idOfSchema = idsByText.get(text);
    if (idOfSchema == null ? schemas.containsKey(id) : idOfSchema != id) {
      return;
    }
    Schema schema = new Schema.Parser().parse(text);
    if (registered.putIfAbsent(new Registration(subject, text), id) == null) {
      idsByText.put(text, id);
      schemas.putIfAbsent(id, schema);
      subjects
          .computeIfAbsent(subject, s -> new ArrayList<>())
          .add(Objects.requireNonNull(schemas.get(id)));
    }
  }

  /**
   * @param schema the whole text and not a canonical form, which has no defaults and docs
   */
  private record Registration(String subject, String schema) {}
}
