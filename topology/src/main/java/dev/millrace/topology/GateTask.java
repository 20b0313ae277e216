package dev.millrace.topology;

import dev.millrace.avro.AdmittedStart;
import dev.millrace.avro.AskGate;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.GateRef;
import dev.millrace.avro.LeaveGate;
import dev.millrace.avro.TaskResult;
import dev.millrace.engine.RunErrors;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.limit.Gate;
import dev.millrace.serde.ItemRecords;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The gates of a partition: lets calls and starts through as their policies allow. All that it does
 * is part of the transaction of the record in hand, so each request goes through exactly once.
 */
final class GateTask {
  /** How many may come in, or be sent away, before other work has its turn. */
  private static final int PER_STEP = 500;

  private final GateStore store;
  private final Outbox outbox;
  // When gates with a queue let the next one in; filled at the first look.
  private final Map<String, Instant> due = new HashMap<>();
  private Instant nextDue = Instant.MIN;
  private boolean loaded;

  GateTask(GateStore store, Outbox outbox) {
    this.store = store;
    this.outbox = outbox;
  }

  /** Takes a request that may be known already, which then does nothing. */
  void ask(CommandRecord command, AskGate ask, Instant now) {
    GateRef first = requireFirst(command, ask.getGates());
    if (store.place(first.getName(), ask.getRequest()) != GateStore.Place.NOWHERE) {
      return;
    }
    GateStore.Entry entry =
        store.find(first.getName(), GateStore.policy(first.getPolicy())).orElseThrow();
    switch (entry.gate().ask(now)) {
      case ENTER -> enter(entry, command, ask, now);
      case WAIT -> store.enqueue(entry, command, ask.getRequest(), ask.getFlow());
      case CLOSED -> refuse(entry, command, ask, ErrorCode.CIRCUIT_OPEN, now);
      case FULL -> refuse(entry, command, ask, ErrorCode.TOO_MANY_WAITING, now);
    }
    // Another policy may let those in who waited under the old one.
    letIn(entry, now);
    save(entry, now);
  }

  private static GateRef requireFirst(CommandRecord command, List<GateRef> gates) {
    if (gates.isEmpty() || !gates.getFirst().getName().equals(command.getExecutionId())) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD,
          "the request for the gate \"" + command.getExecutionId() + "\" names another one");
    }
    return gates.getFirst();
  }

  /** Takes note of one who is through, or asks no longer; one that is unknown changes nothing. */
  void leave(CommandRecord command, LeaveGate leave, Instant now) {
    String name = command.getExecutionId();
    GateStore.Place place = store.place(name, leave.getRequest());
    GateStore.Entry entry =
        place == GateStore.Place.NOWHERE ? null : store.find(name, null).orElse(null);
    if (entry != null) {
      store.remove(entry, leave.getRequest());
      if (place == GateStore.Place.WAITING) {
        entry.gate().stopWaiting();
      } else {
        entry.gate().leave(outcome(leave.getOutcome()), now);
      }
      letIn(entry, now);
      save(entry, now);
    }
    // It came here behind the request, and follows it on the same way.
    List<String> rest =
        leave.getGates().subList(Math.min(1, leave.getGates().size()), leave.getGates().size());
    if (!rest.isEmpty()) {
      outbox.send(
          outbox.signal(
              new CommandRecord(
                  rest.getFirst(),
                  command.getTenant(),
                  now,
                  new LeaveGate(List.copyOf(rest), leave.getRequest(), leave.getOutcome()))));
    }
  }

  private static Gate.Outcome outcome(String name) {
    try {
      return Gate.Outcome.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      return Gate.Outcome.NONE;
    }
  }

  /**
   * Lets those in whose time has come.
   *
   * @return whether there were any
   */
  boolean tick(Instant now) {
    if (!loaded) {
      loaded = true;
      store.withWaiting().forEach(name -> due.put(name, Instant.MIN));
    }
    if (due.isEmpty() || nextDue.isAfter(now)) {
      return false;
    }
    boolean any = false;
    for (Map.Entry<String, Instant> each : List.copyOf(due.entrySet())) {
      if (each.getValue().isAfter(now)) {
        continue;
      }
      due.remove(each.getKey());
      GateStore.Entry entry = store.find(each.getKey(), null).orElse(null);
      if (entry != null) {
        any |= letIn(entry, now);
        save(entry, now);
      }
    }
    nextDue = due.values().stream().min(Instant::compareTo).orElse(Instant.MAX);
    return any;
  }

  private boolean letIn(GateStore.Entry entry, Instant now) {
    Gate gate = entry.gate();
    if (gate.state().waiting() == 0 || !(gate.closed(now) || gate.mayEnter(now))) {
      return false;
    }
    List<GateStore.Waiting> next = store.next(entry, PER_STEP);
    for (GateStore.Waiting waiting : next) {
      AskGate ask = (AskGate) waiting.asked().getBody();
      if (gate.closed(now)) {
        store.take(entry, waiting, ask.getRequest());
        gate.stopWaiting();
        refuse(entry, waiting.asked(), ask, ErrorCode.CIRCUIT_OPEN, now);
      } else if (gate.mayEnter(now)) {
        store.take(entry, waiting, ask.getRequest());
        gate.stopWaiting();
        enter(entry, waiting.asked(), ask, now);
      } else {
        break;
      }
    }
    return true;
  }

  private void save(GateStore.Entry entry, Instant now) {
    boolean fresh = entry.gate().fresh(now);
    store.save(entry);
    Instant next = fresh ? null : nextLook(entry.gate(), now);
    if (next == null) {
      due.remove(entry.name());
    } else {
      due.put(entry.name(), next);
      nextDue = next.isBefore(nextDue) ? next : nextDue;
    }
  }

  private static @Nullable Instant nextLook(Gate gate, Instant now) {
    return gate.state().waiting() > 0 && gate.closed(now) ? now : gate.nextEntry(now);
  }

  private void enter(GateStore.Entry entry, CommandRecord command, AskGate ask, Instant now) {
    entry.gate().enter(now);
    store.enter(entry, ask.getRequest());
    outbox.send(passedOn(command, ask, now));
  }

  /** Where a request goes that is in. */
  private Outbox.Message passedOn(CommandRecord command, AskGate ask, Instant now) {
    if (ask.getGates().size() > 1) {
      List<GateRef> rest = List.copyOf(ask.getGates().subList(1, ask.getGates().size()));
      return outbox.signal(
          new CommandRecord(
              rest.getFirst().getName(),
              command.getTenant(),
              now,
              new AskGate(
                  rest,
                  ask.getRequest(),
                  ask.getFlow(),
                  ask.getExecutionId(),
                  ask.getNode(),
                  ask.getCall(),
                  ask.getTask(),
                  ask.getStart())));
    }
    if (ask.getTask() != null) {
      return outbox.task(ask.getExecutionId(), ItemRecords.bytes(ask.getTask()));
    }
    return admitted(command, ask, null, now);
  }

  private Outbox.Message admitted(
      CommandRecord command, AskGate ask, @Nullable String refusal, Instant now) {
    return outbox.signal(
        new CommandRecord(
            ask.getExecutionId(),
            command.getTenant(),
            now,
            new AdmittedStart(ask.getStart(), command.getExecutionId(), refusal)));
  }

  private void refuse(
      GateStore.Entry entry, CommandRecord command, AskGate ask, ErrorCode code, Instant now) {
    String reason =
        code == ErrorCode.CIRCUIT_OPEN
            ? "the last calls failed, so none is made for a while (" + entry.name() + ")"
            : "more than "
                + entry.gate().policy().maxWaiting()
                + " wait already ("
                + entry.name()
                + ")";
    outbox.send(
        ask.getTask() == null
            ? admitted(command, ask, reason, now)
            : outbox.signal(
                new CommandRecord(
                    ask.getExecutionId(),
                    command.getTenant(),
                    now,
                    new TaskResult(
                        ask.getCall(),
                        0L,
                        null,
                        null,
                        ItemRecords.jsonBytes(
                            RunErrors.of(new MillraceException(code, reason), ask.getNode())),
                        null,
                        null))));
  }
}
