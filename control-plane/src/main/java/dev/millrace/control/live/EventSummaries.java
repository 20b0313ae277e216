package dev.millrace.control.live;

import dev.millrace.avro.AttemptFailedEvent;
import dev.millrace.avro.BudgetHalfUsedEvent;
import dev.millrace.avro.ChildReturnedEvent;
import dev.millrace.avro.ChildrenStartedEvent;
import dev.millrace.avro.EffectRequestedEvent;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.HistoryTakenEvent;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.WaitResumedEvent;
import dev.millrace.avro.WaitStartedEvent;
import dev.millrace.control.http.ServerEvent;
import dev.millrace.item.Item;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What happened, as those see it who watch: which node, which run, how it went, how much and how
 * long. What nodes answered is in it only for those who ask for it. Immutable.
 */
final class EventSummaries {
  /** Of the items of one event; who needs more opens the execution. */
  private static final long MOST_DATA = 256 << 10;

  private static final int LONGEST_MESSAGE = 2_000;

  private final boolean data;

  /**
   * @param data whether what nodes answered is shown
   */
  EventSummaries(boolean data) {
    this.data = data;
  }

  /**
   * An event of a batch; empty for one that only says how it goes on inside.
   *
   * @param index of the event in the batch
   */
  Optional<ServerEvent> of(Delivery delivery, int index) {
    EventBatch batch = delivery.batch();
    Object event = batch.getEvents().get(index);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("executionId", batch.getExecutionId());
    json.put("workflowId", batch.getWorkflowId());
    json.put("version", (double) batch.getVersion());
    json.put("at", batch.getAt().toString());
    return name(event, json)
        .map(name ->
            ServerEvent.of(name, json)
                .withId(new EventId(delivery.partition(), delivery.offset(), index).text()));
  }

  /** Fills in what is told of an event, and says what it is called. */
  private Optional<String> name(Object event, Map<String, @Nullable Object> json) {
    return switch (event) {
      case ExecutionStartedEvent e -> {
        json.put("at", e.getAt().toString());
        json.put("mode", e.getMode());
        json.put("node", e.getStartNode());
        json.put("items", (double) e.getItems().size());
        json.put("parentId", e.getParent() == null ? null : e.getParent().getExecutionId());
        items(json, List.of(new PortRecord(e.getItems())));
        yield Optional.of("execution.started");
      }
      case NodeCompletedEvent e -> {
        completed(e, json);
        yield Optional.of("node.completed");
      }
      case AttemptFailedEvent e -> {
        json.put("node", e.getNode());
        json.put("attempt", (double) e.getAttempt());
        json.put("retryAt", e.getRetryAt().toString());
        json.put("error", error(e.getError()));
        yield Optional.of("node.attemptFailed");
      }
      case EffectRequestedEvent e -> {
        json.put("at", e.getAt().toString());
        json.put("node", e.getNode());
        json.put("call", (double) e.getCall());
        json.put("attempt", (double) e.getAttempt());
        yield Optional.of("node.calling");
      }
      case WaitStartedEvent e -> {
        json.put("at", e.getAt().toString());
        json.put("node", e.getNode());
        json.put("until", e.getUntil().toString());
        json.put("forCall", e.getAwaited() != null);
        yield Optional.of("execution.waiting");
      }
      case WaitResumedEvent e -> {
        json.put("at", e.getAt().toString());
        json.put("node", e.getNode());
        yield Optional.of("execution.resumed");
      }
      case ChildrenStartedEvent e -> {
        json.put("at", e.getAt().toString());
        json.put("node", e.getNode());
        json.put("executions", (double) e.getCount());
        yield Optional.of("node.calledWorkflow");
      }
      case ChildReturnedEvent e -> {
        json.put("index", (double) e.getIndex());
        json.put("error", error(e.getError()));
        yield Optional.of("node.workflowReturned");
      }
      case HistoryTakenEvent e -> {
        json.put("retryOf", e.getHistory().getExecutionId());
        json.put("runs", (double) e.getHistory().getRuns().size());
        yield Optional.of("execution.tookOver");
      }
      case BudgetHalfUsedEvent e -> {
        json.put("budget", e.getBudget());
        json.put("used", (double) e.getUsed());
        json.put("limit", (double) e.getLimit());
        yield Optional.of("execution.warning");
      }
      case ExecutionEndedEvent e -> {
        json.put("at", e.getAt().toString());
        json.put("status", e.getStatus());
        json.put("error", error(e.getError()));
        yield Optional.of("execution.ended");
      }
      default -> Optional.empty();
    };
  }

  private void completed(NodeCompletedEvent e, Map<String, @Nullable Object> json) {
    json.put("at", e.getStartedAt().plusNanos(e.getDurationMicros() * 1_000).toString());
    json.put("node", e.getNode());
    json.put("run", (double) e.getRun());
    json.put("status", e.getError() == null ? "success" : "error");
    List<@Nullable Object> counts = new ArrayList<>();
    for (PortRecord port : e.getOutputs()) {
      List<ItemRecord> items = port.getItems();
      counts.add(items == null ? null : (double) items.size());
    }
    json.put("items", counts);
    json.put("durationMs", e.getDurationMicros() / 1000.0);
    json.put("attempts", (double) e.getAttempts());
    json.put("error", error(e.getError()));
    items(json, e.getOutputs());
  }

  /** The message and the code: the rest of an error may quote data. */
  private @Nullable Map<String, @Nullable Object> error(@Nullable ByteBuffer stored) {
    if (stored == null) {
      return null;
    }
    Map<String, @Nullable Object> whole = ItemRecords.fromJsonBytes(stored);
    if (data) {
      return whole;
    }
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    Object message = whole.get("message");
    error.put(
        "message",
        message instanceof String text && text.length() > LONGEST_MESSAGE
            ? text.substring(0, LONGEST_MESSAGE)
            : message);
    error.put("code", whole.get("code"));
    return error;
  }

  private void items(Map<String, @Nullable Object> json, List<PortRecord> ports) {
    if (!data) {
      return;
    }
    long size = 0;
    for (PortRecord port : ports) {
      List<ItemRecord> items = port.getItems();
      for (int i = 0; items != null && i < items.size(); i++) {
        ByteBuffer extra = items.get(i).getExtra();
        size += items.get(i).getJson().remaining() + (extra == null ? 0 : extra.remaining());
      }
    }
    if (size > MOST_DATA) {
      json.put("data", null);
      json.put("dataBytes", (double) size);
      return;
    }
    List<@Nullable Object> shown = new ArrayList<>();
    for (List<Item> items : ItemRecords.toPorts(ports)) {
      shown.add(items == null ? null : items.stream().map(Item::toJson).toList());
    }
    json.put("data", shown);
  }
}
