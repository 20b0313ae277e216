package dev.millrace.ingress;

import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The requests of this instance that wait for a reply. Replies come from the replies topic and,
 * where the engine runs in the same process, also straight from it after its commit: whichever is
 * first counts. Thread-safe.
 */
public final class ReplyRouter {
  private final String instance;
  private final int partition;
  private final AtomicLong requests = new AtomicLong();
  private final ConcurrentHashMap<String, Waiting> waiting = new ConcurrentHashMap<>();

  /**
   * @param instance key of this instance's replies; another one after each start, since requests do
   *     not survive the process
   * @param partition partition of the replies topic that this instance reads
   */
  public ReplyRouter(String instance, int partition) {
    this.instance = instance;
    this.partition = partition;
  }

  /** Which replies a request takes. */
  enum Takes {
    /** The end of the execution. */
    OUTCOME,
    /** The workflow's own answer, or the end of the execution when that is first. */
    ANSWER
  }

  /** One request that waits. */
  final class Waiting implements AutoCloseable {
    private final ReplyTo address;
    private final Takes takes;
    private final CompletableFuture<ReplyRecord> reply = new CompletableFuture<>();

    private Waiting(ReplyTo address, Takes takes) {
      this.address = address;
      this.takes = takes;
    }

    ReplyTo address() {
      return address;
    }

    void fail(MillraceException error) {
      reply.completeExceptionally(error);
    }

    /**
     * The reply, or empty when the time is over.
     *
     * @throws MillraceException that the request was failed with
     */
    Optional<ReplyRecord> await(Duration time) throws InterruptedException {
      try {
        return Optional.of(reply.get(time.toMillis(), TimeUnit.MILLISECONDS));
      } catch (TimeoutException over) {
        return Optional.empty();
      } catch (ExecutionException failed) {
        if (failed.getCause() instanceof MillraceException error) {
          throw error;
        }
        throw new IllegalStateException(failed.getCause());
      }
    }

    @Override
    public void close() {
      waiting.remove(address.getRequestId(), this);
    }
  }

  /** Begins to wait; to be closed. Must come before the command is sent. */
  Waiting expect(Takes takes) {
    String requestId = instance + "-" + Long.toString(requests.incrementAndGet(), 36);
    Waiting request = new Waiting(new ReplyTo(instance, requestId, partition), takes);
    waiting.put(requestId, request);
    return request;
  }

  /** Key of this instance's replies. */
  public String instance() {
    return instance;
  }

  /** Partition of the replies topic that this instance reads. */
  public int partition() {
    return partition;
  }

  /**
   * Hands over a reply whose transaction is committed. May be called any number of times with the
   * same reply, from any thread; it does not block.
   *
   * @return whether a request was waiting for it
   */
  public boolean complete(ReplyRecord reply) {
    Waiting request = waiting.get(reply.getRequestId());
    if (request == null
        || (request.takes == Takes.OUTCOME && reply.getBody() instanceof WebhookAnswer)) {
      return false;
    }
    return request.reply.complete(reply);
  }

  /** How many requests wait. */
  public int size() {
    return waiting.size();
  }
}
