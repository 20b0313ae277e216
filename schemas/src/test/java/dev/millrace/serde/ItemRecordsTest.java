package dev.millrace.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.value.Json;
import dev.millrace.value.JsonArbitraries;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ItemRecordsTest {
  private final AvroSerde<EventBatch> batches =
      new MillraceSerdes(EmbeddedRegistry.inMemory()).serde(EventBatch.class);

  /** Through the record and through its bytes on a topic. */
  @Property(tries = 300)
  void itemsPortsAndSourcesComeBackEqual(
      @ForAll("ports") List<@Nullable List<Item>> ports,
      @ForAll("sources") List<@Nullable Source> sources,
      @ForAll("objects") Map<String, @Nullable Object> error) {
    NodeCompletedEvent event =
        NodeCompletedEvent.newBuilder()
            .setNode("n")
            .setRun(1)
            .setExecutionIndex(2)
            .setStartedAt(Instant.ofEpochMilli(3))
            .setDurationMicros(4)
            .setSources(ItemRecords.ofSources(sources))
            .setOutputs(ItemRecords.ofPorts(ports))
            .setError(ItemRecords.jsonBytes(error))
            .build();
    EventBatch batch =
        EventBatch.newBuilder()
            .setExecutionId("e")
            .setWorkflowId("w")
            .setVersion(1)
            .setSequence(0)
            .setAt(Instant.ofEpochMilli(5))
            .setEvents(List.of(event))
            .build();

    NodeCompletedEvent back =
        (NodeCompletedEvent) batches.fromBytes(batches.toBytes(batch)).getEvents().getFirst();

    assertThat(ItemRecords.toPorts(back.getOutputs())).isEqualTo(ports);
    assertThat(ItemRecords.toSources(back.getSources())).isEqualTo(sources);
    assertThat(ItemRecords.fromJsonBytes(back.getError())).isEqualTo(error);
  }

  @Property
  void theSimplePairingNeedsNoExtraAndEveryOtherHasOne(@ForAll("items") Item item) {
    ItemRecord record = ItemRecords.of(item);

    boolean simple =
        item.pairing() instanceof Pairing.One(PairedItem one)
            && one.input() == 0
            && one.source() == null;
    boolean rare =
        !item.binary().isEmpty() || item.error() != null || (item.pairing() != null && !simple);
    assertThat(record.getExtra() != null).isEqualTo(rare);
    assertThat(record.getPairedItem() >= 0).isEqualTo(simple);
  }

  @Test
  void theJsonOfAnUnreadItemIsPassedOnAsItIs() {
    byte[] json = "{ \"b\" : 1.0e2,\n \"a\": [ ] }".getBytes(StandardCharsets.UTF_8);

    Item item = ItemRecords.toItem(new ItemRecord(ByteBuffer.wrap(json), 0, null));

    assertThat(ItemRecords.of(item).getJson().array()).isSameAs(json);
  }

  @Test
  void aSliceOfABufferIsCopiedOut() {
    byte[] large = "xx{\"a\":1}yy".getBytes(StandardCharsets.UTF_8);

    Item item = ItemRecords.toItem(new ItemRecord(ByteBuffer.wrap(large, 2, 7), -1, null));

    assertThat(item.json()).isEqualTo(Map.of("a", 1.0));
    assertThat(item.pairing()).isNull();
  }

  @Test
  void whatIsRareIsWrittenInTheFormOfTheWorkflowFormat() {
    Item item =
        Item.of(Map.of())
            .withPairing(new Pairing.One(new PairedItem(2, 1, new Source("Loop", 0, 3))))
            .withError(Map.of("message", "no"));

    assertThat(Json.parseObject(ItemRecords.of(item).getExtra().array()))
        .isEqualTo(
            Json.parse(
                """
                {"pairedItem":{"item":2,"input":1,"sourceOverwrite":
                  {"previousNode":"Loop","previousNodeOutput":0,"previousNodeRun":3}},
                 "error":{"message":"no"}}\
                """));
  }

  @Test
  void aDamagedExtraIsUnreadable() {
    ItemRecord record =
        new ItemRecord(ByteBuffer.wrap(new byte[] {'{', '}'}), -1, ByteBuffer.wrap(new byte[1]));

    assertThatThrownBy(() -> ItemRecords.toItem(record))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREADABLE_RECORD));
  }

  @Provide
  Arbitrary<List<@Nullable List<Item>>> ports() {
    return items().list().ofMaxSize(4).injectNull(0.2).list().ofMaxSize(3);
  }

  @Provide
  Arbitrary<List<@Nullable Source>> sources() {
    return source().injectNull(0.3).list().ofMaxSize(4);
  }

  @Provide
  Arbitrary<Item> items() {
    Arbitrary<@Nullable Pairing> pairings =
        Arbitraries.oneOf(
                Arbitraries.integers().between(0, 1000).map(Pairing::to),
                pairedItem().map(Pairing.One::new),
                pairedItem().list().ofMaxSize(4).map(Pairing::to))
            .injectNull(0.2);
    return Combinators.combine(
            objects(),
            Arbitraries.maps(Arbitraries.strings().ofMaxLength(5), file()).ofMaxSize(2),
            pairings,
            objects().injectNull(0.7))
        .as((json, binary, pairing, error) ->
            Item.of(json).withBinary(binary).withPairing(pairing).withError(error));
  }

  @Provide
  Arbitrary<Map<String, @Nullable Object>> objects() {
    return JsonArbitraries.objects();
  }

  private static Arbitrary<PairedItem> pairedItem() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 1000),
            Arbitraries.integers().between(0, 3),
            source().injectNull(0.6))
        .as(PairedItem::new);
  }

  private static Arbitrary<Source> source() {
    return Combinators.combine(
            Arbitraries.strings().ofMaxLength(8),
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(0, 99))
        .as(Source::new);
  }

  private static Arbitrary<BinaryData> file() {
    Arbitrary<String> text = Arbitraries.strings().ofMaxLength(6);
    return Combinators.combine(
            text,
            text,
            text.injectNull(0.5),
            text.injectNull(0.5),
            text.injectNull(0.5),
            text.injectNull(0.5),
            text.injectNull(0.5),
            Arbitraries.longs().between(-1, 1L << 50))
        .as((data, mime, name, extension, type, size, id, bytes) ->
            new BinaryData(data, mime, name, extension, type, size, null, id, bytes));
  }
}
