package dev.millrace.topology;

import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.engine.Caller;
import dev.millrace.engine.ExecutionState;
import dev.millrace.node.NodeRun;
import dev.millrace.node.WebhookResponse;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What callers are told: those who began an execution, and those who called it while it waited. */
final class Replies {
  private final Outbox outbox;
  private final IdempotencyStore idempotency;
  private final AwaitedCommit commit;

  Replies(Outbox outbox, IdempotencyStore idempotency, AwaitedCommit commit) {
    this.outbox = outbox;
    this.idempotency = idempotency;
    this.commit = commit;
  }

  /** Sends a reply to a request; the reply's own request id does not count. */
  void send(ReplyTo to, ReplyRecord reply) {
    commit.await();
    outbox.reply(to, new ReplyRecord(to.getRequestId(), reply.getExecutionId(), reply.getBody()));
  }

  /** Gives who calls again with the same key what there is, or has him wait for it. */
  void duplicate(IdempotencyRecord known, @Nullable ReplyTo caller) {
    if (caller == null) {
      return;
    }
    if (known.getAnswers().isEmpty()) {
      idempotency.addWaiting(known, caller);
    } else {
      for (ReplyRecord answer : known.getAnswers()) {
        send(caller, answer);
      }
    }
  }

  /** A node's answer is for who called last and waits for one, else for who began it all. */
  void respond(LiveExecution live, WebhookResponse response) {
    WebhookAnswer answer =
        new WebhookAnswer(response.status(), response.headers(), ByteBuffer.wrap(response.body()));
    Optional<Caller> caller =
        live.unanswered().reversed().stream()
            .filter(c -> c.awaits() == Caller.Awaits.ANSWER)
            .findFirst();
    if (caller.isPresent()) {
      live.markAnswered(caller.get());
      send(caller.get(), live, answer);
    } else if (!live.answered() && live.start().wantsAnswer()) {
      live.markAnswered();
      toBeginner(live, answer);
    }
  }

  /** Tells everybody who has had no answer how an execution ended. */
  void ended(LiveExecution live) {
    if (!live.answered() && live.start().wantsAnswer()) {
      toBeginner(live, outcome(live.state()));
    }
    for (Caller caller : live.unanswered()) {
      send(caller, live, outcome(live.state()));
    }
  }

  private void send(Caller caller, LiveExecution live, Object body) {
    send(EventRecords.replyTo(caller), new ReplyRecord("", live.state().executionId(), body));
  }

  private void toBeginner(LiveExecution live, Object body) {
    EventRecords.StartDetails start = live.start();
    String executionId = live.state().executionId();
    ReplyRecord reply = new ReplyRecord("", executionId, body);
    if (start.replyTo() != null) {
      send(start.replyTo(), reply);
    }
    if (start.idempotencyKey() != null) {
      for (ReplyTo other : idempotency.answer(executionId, reply)) {
        send(other, reply);
      }
    }
  }

  private static ExecutionOutcome outcome(ExecutionState state) {
    String lastNode = state.lastNode();
    List<NodeRun> runs = lastNode == null ? List.of() : state.runs(lastNode);
    return new ExecutionOutcome(
        state.status().json(),
        EventRecords.json(state.error()),
        lastNode,
        runs.isEmpty() ? List.of() : ItemRecords.ofPorts(runs.getLast().outputs()));
  }
}
