package dev.millrace.control.history;

import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.RunRecord;
import dev.millrace.avro.SourceRecord;
import dev.millrace.topic.Topic;
import dev.millrace.value.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the runs of nodes that one batch recorded, in the form of n8n's runData. The items' JSON
 * passes through as bytes. What is too much for a database stays where it is, and a reference to it
 * is written instead. One thread at a time, for one batch.
 */
final class RunsWriter {
  /** What all runs of a batch may have; a document of MongoDB holds 16 MiB. */
  static final int MOST_BYTES = 12 << 20;

  /** What surrounds the JSON of an item, at most, without what is rare about it. */
  private static final int AROUND_ITEM = 48;

  private static final byte[] JSON = ascii("{\"json\":");
  private static final byte[] PAIRED = ascii(",\"pairedItem\":{\"item\":");

  private final Place place;
  private final List<Run> runs = new ArrayList<>();
  private long items;
  private byte[] bytes = new byte[1024];
  private int size;

  /** What the records of a run have in common. */
  private record Run(
      String node,
      int run,
      int executionIndex,
      Instant startedAt,
      long durationMicros,
      List<? extends @Nullable SourceRecord> sources,
      List<PortRecord> outputs,
      @Nullable ByteBuffer error) {}

  /**
   * @param place where the batch lies
   */
  RunsWriter(Place place) {
    this.place = place;
  }

  void add(NodeCompletedEvent e) {
    add(
        new Run(
            e.getNode(),
            e.getRun(),
            e.getExecutionIndex(),
            e.getStartedAt(),
            e.getDurationMicros(),
            e.getSources(),
            e.getOutputs(),
            e.getError()));
  }

  void add(RunRecord e) {
    add(
        new Run(
            e.getNode(),
            e.getRun(),
            e.getExecutionIndex(),
            e.getStartedAt(),
            e.getDurationMicros(),
            e.getSources(),
            e.getOutputs(),
            e.getError()));
  }

  private void add(Run run) {
    runs.add(run);
    items += size(run);
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** All that was added, as {@link NodeRuns} has it. */
  byte[] toJson() {
    boolean inline = items <= MOST_BYTES;
    put('[');
    for (int i = 0; i < runs.size(); i++) {
      if (i > 0) {
        put(',');
      }
      write(runs.get(i), inline);
    }
    put(']');
    return Arrays.copyOf(bytes, size);
  }

  private void write(Run run, boolean inline) {
    put("{\"node\":").put(Json.write(run.node())).put(",\"run\":").put(run.run());
    put(",\"data\":{\"startTime\":").put(run.startedAt().toEpochMilli());
    put(",\"executionTime\":").put(Math.round(run.durationMicros() / 1000.0));
    put(",\"executionIndex\":").put(run.executionIndex());
    put(",\"executionStatus\":").put(run.error() == null ? "\"success\"" : "\"error\"");
    put(",\"source\":");
    sources(run.sources());
    put(",\"data\":{\"main\":");
    if (inline) {
      outputs(run.outputs());
    } else {
      put("[]");
    }
    put('}');
    if (run.error() != null) {
      put(",\"error\":").put(run.error());
    }
    if (!inline) {
      put(",\"metadata\":{\"reference\":{\"topic\":").put(Json.write(Topic.EVENTS.topicName()));
      put(",\"partition\":").put(place.partition());
      put(",\"offset\":").put(place.offset());
      put(",\"bytes\":").put(size(run)).put("}}");
    }
    put("}}");
  }

  private void sources(List<? extends @Nullable SourceRecord> sources) {
    put('[');
    for (int i = 0; i < sources.size(); i++) {
      SourceRecord source = sources.get(i);
      if (i > 0) {
        put(',');
      }
      if (source == null) {
        put("null");
      } else {
        put("{\"previousNode\":").put(Json.write(source.getNode()));
        put(",\"previousNodeOutput\":").put(source.getOutput());
        put(",\"previousNodeRun\":").put(source.getRun()).put("}");
      }
    }
    put(']');
  }

  private void outputs(List<PortRecord> outputs) {
    put('[');
    for (int i = 0; i < outputs.size(); i++) {
      if (i > 0) {
        put(',');
      }
      List<ItemRecord> port = outputs.get(i).getItems();
      if (port == null) {
        put("null");
        continue;
      }
      put('[');
      for (int j = 0; j < port.size(); j++) {
        if (j > 0) {
          put(',');
        }
        item(port.get(j));
      }
      put(']');
    }
    put(']');
  }

  private void item(ItemRecord item) {
    put(JSON).put(item.getJson());
    if (item.getPairedItem() >= 0) {
      put(PAIRED).put(item.getPairedItem()).put("}");
    }
    ByteBuffer extra = item.getExtra();
    // An object too: its members follow, without its braces.
    if (extra != null && extra.remaining() > 2) {
      ByteBuffer members = extra.duplicate();
      members.position(extra.position() + 1).limit(extra.limit() - 1);
      put(',');
      put(members);
    }
    put('}');
  }

  private static long size(Run run) {
    long size = 0;
    for (PortRecord port : run.outputs()) {
      List<ItemRecord> items = port.getItems();
      for (int i = 0; items != null && i < items.size(); i++) {
        ItemRecord item = items.get(i);
        ByteBuffer extra = item.getExtra();
        size += item.getJson().remaining() + (extra == null ? 0 : extra.remaining()) + AROUND_ITEM;
      }
    }
    return size;
  }

  private RunsWriter put(String ascii) {
    return put(ascii(ascii));
  }

  private RunsWriter put(long number) {
    return put(Long.toString(number));
  }

  private void put(char ascii) {
    room(1);
    bytes[size++] = (byte) ascii;
  }

  private RunsWriter put(byte[] more) {
    room(more.length);
    System.arraycopy(more, 0, bytes, size, more.length);
    size += more.length;
    return this;
  }

  private RunsWriter put(ByteBuffer more) {
    int length = more.remaining();
    room(length);
    more.duplicate().get(bytes, size, length);
    size += length;
    return this;
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
