package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.AttemptFailedEvent;
import dev.millrace.avro.BudgetHalfUsedEvent;
import dev.millrace.avro.ChildReturnedEvent;
import dev.millrace.avro.ChildrenStartedEvent;
import dev.millrace.avro.EffectRequestedEvent;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.ExecutionYieldedEvent;
import dev.millrace.avro.HistoryTakenEvent;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.NodePostponedEvent;
import dev.millrace.avro.NodeSkippedEvent;
import dev.millrace.avro.ParentCall;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.RetryDueEvent;
import dev.millrace.avro.StaticDataChangedEvent;
import dev.millrace.avro.WaitResumedEvent;
import dev.millrace.avro.WaitStartedEvent;
import dev.millrace.avro.WaitingReleasedEvent;
import dev.millrace.engine.Caller;
import dev.millrace.engine.Command;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.engine.History;
import dev.millrace.engine.QueueEntry;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.limit.WorkflowBudgets;
import dev.millrace.node.AwaitedCall;
import dev.millrace.node.ContextChange;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.testing.FixedRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Holds what is written by hand against the generated records and their general writer. */
class EventWriterTest {
  private static final Instant AT = Instant.ofEpochMilli(1_700_000_000_123L);
  private static final Map<String, @Nullable Object> OBJECT = Map.of("message", "not äll wéll");

  private final AvroSerde<EventBatch> serde =
      new MillraceSerdes(new FixedRegistry()).serde(EventBatch.class);
  private final EventWriter writer = new EventWriter(serde);

  @Test
  void writesEveryKindOfEventAsTheGeneratedRecordsAre() {
    EventRecords.StartDetails plain = new EventRecords.StartDetails(null, null, null, null, null);
    EventRecords.StartDetails full =
        new EventRecords.StartDetails(
            "key",
            ByteBuffer.wrap(bytes("{}")),
            new ReplyTo("ingress", "request", 3),
            new ParentCall("p", "w", 1, 2, 3),
            "gate");
    for (EventRecords.StartDetails start : List.of(plain, full)) {
      List<Event> events = everyKind();
      List<Object> records = new ArrayList<>();
      events.forEach(event -> records.add(record(event, start)));

      byte[] written = writer.batch("execution", "tenant", "workflow", 7, 12, AT, start, events);

      assertThat(written)
          .isEqualTo(
              serde.toBytes(
                  new EventBatch("execution", "tenant", "workflow", 7, 12L, AT, records)));
      assertThat(EventRecords.toEvents(serde.fromBytes(written)))
          .usingRecursiveComparison()
          .isEqualTo(events);
    }
  }

  @Test
  void theKindsInTheTestAreAllThereAre() {
    assertThat(everyKind().stream().map(Object::getClass).distinct())
        .containsExactlyInAnyOrder(Event.class.getPermittedSubclasses());
  }

  @Test
  void writesABatchWithoutEvents() {
    EventRecords.StartDetails plain = new EventRecords.StartDetails(null, null, null, null, null);

    assertThat(writer.batch("e", "t", "w", 1, 0, AT, plain, List.of()))
        .isEqualTo(serde.toBytes(new EventBatch("e", "t", "w", 1, 0L, AT, List.of())));
  }

  private static List<Event> everyKind() {
    Item plain = Item.ofBytes(bytes("{\"a\":1}"), Map.of(), null, null);
    Item paired = plain.withPairing(Pairing.to(4));
    Item rare =
        plain
            .withPairing(new Pairing.One(new PairedItem(1, 2, new Source("From", 1, 3))))
            .withBinary(
                Map.of(
                    "file",
                    new BinaryData(
                        "aGk=", "text/plain", "a.txt", null, null, "2 B", null, null, 2)))
            .withError(OBJECT);
    List<@Nullable List<Item>> ports = new ArrayList<>();
    ports.add(null);
    ports.add(List.of());
    ports.add(List.of(plain, paired, rare));
    List<@Nullable Source> sources = new ArrayList<>();
    sources.add(new Source("Before", 1, 2));
    sources.add(null);
    return List.of(
        new Event.ExecutionStarted(
            "execution", ExecutionMode.WEBHOOK, "Webhook", 0, List.of(paired), null, AT),
        new Event.ExecutionStarted(
            "execution",
            ExecutionMode.MANUAL,
            "Start",
            2,
            List.of(),
            new Command.Destination("End", false),
            AT),
        new Event.NodeCompleted(
            new NodeRun("Set", 0, 1, AT, 1_234, List.of(), List.of(List.of(plain)), null),
            null,
            false,
            1,
            null),
        new Event.NodeCompleted(
            new NodeRun("Größe", 130, 300, AT, 0, sources, ports, OBJECT),
            new ContextChange.Whole(OBJECT),
            true,
            3,
            Map.of("key", "value")),
        new Event.NodeCompleted(
            new NodeRun("Loop", 1, 2, AT, 5, List.of(), List.of(List.of()), null),
            new ContextChange.Part(
                OBJECT, Map.of("items", new ContextChange.Queue(2, List.of("a", 1.0)))),
            false,
            1,
            null),
        new Event.HistoryTaken(history(paired)),
        new Event.NodeSkipped("Skipped"),
        new Event.NodePostponed("Later"),
        new Event.AttemptFailed("Flaky", 2, OBJECT, AT, null),
        new Event.AttemptFailed("Flaky", 2, OBJECT, AT, Map.of("a", "b")),
        new Event.EffectRequested("Call", 7, 2, AT, List.of()),
        new Event.EffectRequested("Call", 8, 1, AT, List.of("node:w:Call", "credential")),
        new Event.WaitStarted("Wait", 1, AT.plusSeconds(3), AT),
        new Event.WaitStarted(
            "Wait",
            1,
            Event.WaitStarted.NEVER,
            AT,
            5,
            new AwaitedCall(AwaitedCall.Kind.FORM, "W", "Wait", "ok", "={{ 1 }}", OBJECT, OBJECT)),
        new Event.WaitResumed("Wait", 5, null, null, AT),
        new Event.WaitResumed(
            "Wait", 5, "key", new Caller("ingress", "request", 3, Caller.Awaits.ANSWER), AT),
        new Event.ChildrenStarted("Sub", 2, 1, 1_000, AT),
        new Event.ChildReturned(7, ports, null),
        new Event.ChildReturned(8, List.of(), OBJECT),
        new Event.RetryDue(AT),
        new Event.WaitingReleased("Merge", 1, true),
        new Event.StaticDataChanged(Map.of("global", Map.of("n", 1.0))),
        new Event.ExecutionYielded(1_000),
        new Event.BudgetHalfUsed(WorkflowBudgets.Kind.STEPS, 50_000, 100_000),
        new Event.BudgetHalfUsed(WorkflowBudgets.Kind.BYTES, 1L << 33, 1L << 34),
        new Event.ExecutionEnded(ExecutionStatus.SUCCESS, null, AT),
        new Event.ExecutionEnded(ExecutionStatus.ERROR, OBJECT, AT));
  }

  /** Inputs that a run answered, that none did, and that are missing. */
  private static History history(Item item) {
    List<Item> answered = List.of(item);
    List<@Nullable List<Item>> inputs = new ArrayList<>();
    inputs.add(answered);
    inputs.add(List.of(Item.ofBytes(bytes("{}"), Map.of(), null, null)));
    inputs.add(null);
    List<@Nullable Source> sources = new ArrayList<>();
    sources.add(new Source("Größe", 0, 0));
    sources.add(new Source("Größe", 0, 0));
    sources.add(null);
    QueueEntry entry = new QueueEntry("Merge", inputs, sources);
    return new History(
        "before",
        List.of(new NodeRun("Größe", 0, 0, AT, 5, List.of(), List.of(answered), OBJECT)),
        Map.of("Größe", OBJECT),
        Map.of("a", "b"),
        List.of(entry, new QueueEntry("Start", List.of(answered), List.of())),
        List.of(new History.Waiting(2, entry)));
  }

  private static Object record(Event event, EventRecords.StartDetails start) {
    return switch (event) {
      case Event.ExecutionStarted e ->
          new ExecutionStartedEvent(
              e.mode().json(),
              e.startNode(),
              e.startOutput(),
              ItemRecords.of(e.items()),
              e.destination() == null ? null : e.destination().node(),
              e.destination() == null || e.destination().inclusive(),
              start.idempotencyKey(),
              start.inlineDefinition(),
              start.replyTo(),
              start.parent(),
              e.at(),
              start.gate());
      case Event.NodeCompleted e ->
          new NodeCompletedEvent(
              e.run().node(),
              e.run().run(),
              e.run().executionIndex(),
              e.run().started(),
              e.run().durationMicros(),
              ItemRecords.ofSources(e.run().sources()),
              ItemRecords.ofPorts(e.run().outputs()),
              EventRecords.json(e.run().error()),
              e.context() instanceof ContextChange.Whole whole
                  ? EventRecords.json(whole.values())
                  : null,
              e.stops(),
              e.attempts(),
              e.customData(),
              e.context() instanceof ContextChange.Part part
                  ? EventRecords.json(part.toJson())
                  : null);
      case Event.HistoryTaken e -> new HistoryTakenEvent(HistoryRecords.toRecord(e.history()));
      case Event.NodeSkipped e -> new NodeSkippedEvent(e.node());
      case Event.NodePostponed e -> new NodePostponedEvent(e.node());
      case Event.AttemptFailed e ->
          new AttemptFailedEvent(
              e.node(), e.attempt(), ItemRecords.jsonBytes(e.error()), e.retryAt(), e.customData());
      case Event.EffectRequested e ->
          new EffectRequestedEvent(e.node(), e.call(), e.attempt(), e.at(), e.gates());
      case Event.WaitStarted e ->
          new WaitStartedEvent(
              e.node(),
              e.attempt(),
              e.until(),
              e.at(),
              e.call(),
              EventRecords.json(e.awaited() == null ? null : e.awaited().toJson()));
      case Event.WaitResumed e ->
          new WaitResumedEvent(
              e.node(),
              e.call(),
              e.idempotencyKey(),
              e.caller() == null ? null : EventRecords.replyTo(e.caller()),
              e.caller() == null ? "taken" : "answer",
              e.at());
      case Event.ChildrenStarted e ->
          new ChildrenStartedEvent(e.node(), e.call(), e.attempt(), e.count(), e.at());
      case Event.ChildReturned e ->
          new ChildReturnedEvent(
              e.index(), ItemRecords.ofPorts(e.outputs()), EventRecords.json(e.error()));
      case Event.RetryDue e -> new RetryDueEvent(e.due());
      case Event.WaitingReleased e -> new WaitingReleasedEvent(e.node(), e.slot(), e.runs());
      case Event.StaticDataChanged e -> new StaticDataChangedEvent(ItemRecords.jsonBytes(e.data()));
      case Event.ExecutionYielded e -> new ExecutionYieldedEvent(e.steps());
      case Event.BudgetHalfUsed e ->
          new BudgetHalfUsedEvent(e.budget().field(), e.used(), e.limit());
      case Event.ExecutionEnded e ->
          new ExecutionEndedEvent(e.status().json(), EventRecords.json(e.error()), e.at());
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
