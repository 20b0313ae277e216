package dev.millrace.control.live;

import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.control.http.EventSink;
import dev.millrace.control.http.EventSource;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.ServerEvent;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One reader's view of one execution: where it stands, then what happens, until it is over. Each
 * batch of events is shown once, also where what it begins with and what comes overlap. Runs once.
 */
final class ExecutionWatch implements EventSource {
  /** The id of the last event: who asks for what comes behind it gets nothing. */
  static final String END = "end";

  /** How often is looked whether it ended before the first event could be seen. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final String id;
  private final Optional<EventId> from;
  private final EventSummaries summaries;
  private final Parts parts;
  private final EventSubscription subscription;
  private final StreamPermits.Permit permit;
  private long shownUpTo = -1;
  private boolean over;
  private boolean mayHaveEnded;

  /** What watches are made with. */
  record Parts(
      WatchedExecutions executions,
      ExecutionProjects projects,
      EventReplay replay,
      Duration heartbeat) {}

  /**
   * @param from the last event that the reader has seen, empty to begin with where it stands
   * @param subscription to its events, begun before anything of it is read here
   */
  ExecutionWatch(
      String id,
      Optional<EventId> from,
      EventSummaries summaries,
      Parts parts,
      EventSubscription subscription,
      StreamPermits.Permit permit) {
    this.id = id;
    this.from = from;
    this.summaries = summaries;
    this.parts = parts;
    this.subscription = subscription;
    this.permit = permit;
  }

  @Override
  public void run(EventSink sink) throws IOException, InterruptedException {
    try (subscription;
        permit) {
      Grant grant = sink.grant();
      String workflowId = begin(grant, sink);
      Heartbeat heartbeat = new Heartbeat(sink, parts.heartbeat());
      while (!over) {
        Delivery next = subscription.take(LOOK);
        if (next != null) {
          show(next, 0, sink);
        } else if (mayHaveEnded) {
          lookForEnd(grant, sink);
        }
        Optional<Grant> renewed = heartbeat.beat();
        if (renewed.isPresent()) {
          grant = renewed.get();
          if (!parts.projects().covers(grant, workflowId)) {
            throw gone();
          }
        }
      }
      end(sink);
    }
  }

  /** All that there is to see of an execution that is over. */
  static void end(WatchedExecution over, EventSink sink) throws IOException {
    sink.send(ServerEvent.of("state", over.json()));
    end(sink);
  }

  private static void end(EventSink sink) throws IOException {
    sink.send(ServerEvent.of("end", Map.of()).withId(END));
  }

  /** Shows what was there before, and answers whose execution it is. */
  private String begin(Grant grant, EventSink sink) throws IOException {
    WatchedExecution now = parts.executions().find(grant, id).orElseThrow(this::gone);
    if (from.isPresent()) {
      EventId seen = from.get();
      if (parts.replay().replay(id, seen, batch -> show(batch, after(seen, batch), sink))) {
        mayHaveEnded = !now.inEngine();
        return now.workflowId();
      }
      sink.send(
          ServerEvent.of(
              "gap", Map.of("reason", "What happened since then is not all in the topic")));
    }
    if (now.sequence() >= shownUpTo) {
      standing(now, sink);
    }
    return now.workflowId();
  }

  private static int after(EventId seen, Delivery batch) {
    return batch.offset() == seen.offset() ? seen.index() + 1 : 0;
  }

  private void standing(WatchedExecution now, EventSink sink) throws IOException {
    sink.send(ServerEvent.of("state", now.json()));
    shownUpTo = Math.max(shownUpTo, now.sequence());
    over |= now.over();
    mayHaveEnded = !now.inEngine();
  }

  /** What ended before it was subscribed to is in history sooner or later. */
  private void lookForEnd(Grant grant, EventSink sink) throws IOException {
    Optional<WatchedExecution> ended = parts.executions().over(grant, id);
    if (ended.isPresent()) {
      standing(ended.get(), sink);
    }
  }

  private void show(Delivery delivery, int firstIndex, EventSink sink) throws IOException {
    if (over || delivery.batch().getSequence() <= shownUpTo) {
      return;
    }
    shownUpTo = delivery.batch().getSequence();
    for (int i = 0; i < delivery.batch().getEvents().size(); i++) {
      if (i >= firstIndex) {
        Optional<ServerEvent> event = summaries.of(delivery, i);
        if (event.isPresent()) {
          sink.send(event.get());
        }
      }
      over |= delivery.batch().getEvents().get(i) instanceof ExecutionEndedEvent;
    }
  }

  private MillraceException gone() {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no execution " + id);
  }
}
