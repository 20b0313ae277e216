package dev.millrace.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.SourceRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;

/** What every registry does. */
abstract class SchemaRegistryContract {
  /** Another registry on the same data, as another process or a restart has it. */
  abstract SchemaRegistry open();

  @Test
  void aSchemaKeepsItsIdAndIsFoundByIt() {
    try (SchemaRegistry registry = open()) {
      int id = registry.register("s", CommandRecord.getClassSchema());

      assertThat(registry.register("s", CommandRecord.getClassSchema())).isEqualTo(id);
      assertThat(registry.byId(id)).contains(CommandRecord.getClassSchema());
      assertThat(registry.register("t", SourceRecord.getClassSchema())).isNotEqualTo(id);
    }
  }

  @Test
  void anIdThatNobodyHasIsEmpty() {
    try (SchemaRegistry registry = open()) {
      assertThat(registry.byId(4711)).isEmpty();
    }
  }

  @Test
  void anotherProcessAndARestartKnowTheSameIds() {
    int id;
    try (SchemaRegistry first = open();
        SchemaRegistry running = open()) {
      id = first.register("s", SourceRecord.getClassSchema());
      assertThat(running.byId(id)).contains(SourceRecord.getClassSchema());
    }
    try (SchemaRegistry restarted = open()) {
      assertThat(restarted.byId(id)).contains(SourceRecord.getClassSchema());
      assertThat(restarted.register("s", SourceRecord.getClassSchema())).isEqualTo(id);
    }
  }

  @Test
  void aSchemaThatOnlyDiffersInADefaultIsAnother() {
    try (SchemaRegistry registry = open()) {
      int one = registry.register("s", withDefault(1));
      int two = registry.register("s", withDefault(2));

      assertThat(one).isNotEqualTo(two);
      assertThat(registry.byId(two)).contains(withDefault(2));
    }
  }

  @Test
  void anIncompatibleSchemaIsRefusedAndNothingChanges() {
    Schema text = SchemaBuilder.record("R").fields().requiredString("a").endRecord();
    Schema number = SchemaBuilder.record("R").fields().requiredLong("a").endRecord();
    try (SchemaRegistry registry = open()) {
      int id = registry.register("s", text);

      assertThatThrownBy(() -> registry.register("s", number))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INCOMPATIBLE_SCHEMA))
          .hasMessageContaining("\"s\"");
      assertThat(registry.register("s", text)).isEqualTo(id);
      assertThat(registry.register("other", number)).isNotEqualTo(id);
    }
  }

  @Test
  void manyProcessesThatRegisterAtOnceAgree() throws Exception {
    List<SchemaRegistry> registries = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      registries.add(open());
    }
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Callable<List<Integer>>> jobs = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SchemaRegistry registry = registries.get(i);
        int offset = i;
        jobs.add(() -> {
          // All register the same ten, each in another order.
          Integer[] ids = new Integer[10];
          for (int n = 0; n < 10; n++) {
            int which = (n + offset * 3) % 10;
            ids[which] = registry.register("s" + which, record(which));
          }
          return List.of(ids);
        });
      }
      Set<List<Integer>> answers = new HashSet<>();
      for (Future<List<Integer>> job : threads.invokeAll(jobs)) {
        answers.add(job.get());
      }
      assertThat(answers).hasSize(1);
      assertThat(new HashSet<>(answers.iterator().next())).hasSize(10);
    } finally {
      registries.forEach(SchemaRegistry::close);
    }
  }

  static Schema record(int number) {
    return SchemaBuilder.record("R" + number).fields().requiredInt("f").endRecord();
  }

  private static Schema withDefault(int value) {
    return SchemaBuilder.record("R")
        .fields()
        .name("a")
        .type()
        .intType()
        .intDefault(value)
        .endRecord();
  }

  /** A clock that a test sets. */
  static final class TestClock implements java.time.InstantSource {
    Instant now = Instant.EPOCH;

    @Override
    public Instant instant() {
      return now;
    }
  }
}
