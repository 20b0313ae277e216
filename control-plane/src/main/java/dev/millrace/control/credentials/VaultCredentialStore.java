package dev.millrace.control.credentials;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCredentials;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of the vault for nodes and webhooks, by leases that are kept for as long as they
 * are good. One that is in use is renewed before it ends, beside the calls; only the first use
 * waits for the vault, and never longer than it is told to. While the vault is away a good lease
 * goes on, after that there is an error. Thread-safe.
 */
public final class VaultCredentialStore implements NodeCredentials {
  private static final long SWEEP_NANOS = Duration.ofSeconds(10).toNanos();

  private final LeaseSource source;
  private final Settings settings;
  private final LongSupplier nanos;

  // The order of use decides what goes when there are too many.
  private final Map<LeaseRequest, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<LeaseRequest, Map<String, @Nullable Object>> knownLimits =
      new LinkedHashMap<>(16, 0.75f, true);
  private long swept;

  /**
   * How leases are kept.
   *
   * @param most leases at a time; the one that was not used for longest goes
   * @param patience with the vault, by the thread that needs a credential. Such a thread may be one
   *     of the engine's
   * @param pause so long nobody asks again for what could not be had, or was not there
   */
  public record Settings(int most, Duration patience, Duration pause) {
    public static final Settings DEFAULT =
        new Settings(10_000, Duration.ofSeconds(2), Duration.ofSeconds(2));
  }

  /**
   * A lease, the next one if it is on its way, and when both count. Guarded by the store's lock.
   */
  private static final class Entry {
    boolean answered;
    Optional<Lease> lease = Optional.empty();
    @Nullable MillraceException failure;
    long since;
    long until;

    /** Nobody asks again before, if the last answer was a failure. */
    long askAgain;

    boolean failed;
    @Nullable CompletableFuture<Void> next;
  }

  public VaultCredentialStore(LeaseSource source) {
    this(source, Settings.DEFAULT, System::nanoTime);
  }

  VaultCredentialStore(LeaseSource source, Settings settings, LongSupplier nanos) {
    this.source = source;
    this.settings = settings;
    this.nanos = nanos;
    this.swept = nanos.getAsLong();
  }

  /** Nothing: a workflow has to be named, by {@link #of}. */
  @Override
  public Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
    return Optional.empty();
  }

  @Override
  public NodeCredentials of(WorkflowDocument workflow) {
    return workflow
        .id()
        .map(id -> (NodeCredentials) new OfWorkflow(id))
        .orElse(NodeCredentials.none());
  }

  /**
   * A credential's fields, empty when the workflow may use none such. They must not be logged.
   *
   * @param id may be empty
   * @param name used where no credential that the workflow may use has the id; may be empty
   * @throws MillraceException {@code CREDENTIALS_UNAVAILABLE}, or why the credential cannot be used
   */
  public Optional<Map<String, @Nullable Object>> find(
      String workflowId, String type, String id, String name) {
    return lease(request(workflowId, type, id, name, LeaseRequest.Want.FIELDS)).map(Lease::fields);
  }

  /**
   * What calls with a credential are limited to. The last known limits go on counting while the
   * vault is away: they are no secret, and without them calls would not be limited at all.
   */
  public Optional<Map<String, @Nullable Object>> limits(
      String workflowId, String type, String id, String name) {
    LeaseRequest request = request(workflowId, type, id, name, LeaseRequest.Want.LIMITS);
    Map<String, @Nullable Object> limits;
    try {
      limits = lease(request).map(Lease::limits).orElse(Map.of());
      remember(request, limits);
    } catch (MillraceException away) {
      synchronized (entries) {
        limits = knownLimits.get(request);
      }
      if (limits == null) {
        throw away;
      }
    }
    return Optional.of(limits).filter(any -> !any.isEmpty());
  }

  private void remember(LeaseRequest request, Map<String, @Nullable Object> limits) {
    synchronized (entries) {
      knownLimits.put(request, limits);
      trim(knownLimits);
    }
  }

  /** A lease with another token than the one that a service refused. Blocks as the vault does. */
  public Optional<Map<String, @Nullable Object>> renewed(
      String workflowId, String type, String id, String name, String refused) {
    LeaseRequest request = request(workflowId, type, id, name, LeaseRequest.Want.FIELDS);
    long began = nanos.getAsLong();
    Optional<Lease> fresh = source.lease(request.after(refused));
    synchronized (entries) {
      Entry entry = entries.computeIfAbsent(request, key -> new Entry());
      keep(entry, fresh, began);
      trim(entries);
    }
    return fresh.map(Lease::fields);
  }

  private static LeaseRequest request(
      String workflowId, String type, String id, String name, LeaseRequest.Want want) {
    return new LeaseRequest(workflowId, type, id, name, want, "");
  }

  private Optional<Lease> lease(LeaseRequest request) {
    long now = nanos.getAsLong();
    CompletableFuture<Void> coming;
    synchronized (entries) {
      Entry entry = entries.computeIfAbsent(request, key -> new Entry());
      boolean good = entry.answered && now - entry.until < 0;
      boolean old = now - entry.since >= (entry.until - entry.since) / 2;
      if ((!good || old) && entry.next == null && mayAsk(entry, now)) {
        entry.next = asked(request, entry);
      }
      trim(entries);
      if (good) {
        return entry.lease;
      }
      coming = entry.next;
      if (coming == null) {
        throw failure(entry);
      }
    }
    await(coming);
    synchronized (entries) {
      Entry entry = entries.get(request);
      if (entry == null) {
        throw unavailable("There are more credentials in use than are kept");
      }
      if (entry.answered && nanos.getAsLong() - entry.until < 0) {
        return entry.lease;
      }
      throw failure(entry);
    }
  }

  /** Whether a failure is long enough ago. */
  private static boolean mayAsk(Entry entry, long now) {
    return !entry.failed || now - entry.askAgain >= 0;
  }

  private CompletableFuture<Void> asked(LeaseRequest request, Entry entry) {
    long began = nanos.getAsLong();
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("credential-lease")
        .start(() -> {
          Runnable outcome;
          try {
            Optional<Lease> lease = source.lease(request);
            outcome = () -> keep(entry, lease, began);
          } catch (MillraceException failed) {
            outcome = () -> fail(entry, failed);
          } catch (RuntimeException defect) {
            // Its message may quote what must not be told.
            outcome = () -> fail(entry, unavailable("The vault failed: " + defect.getClass()));
          }
          synchronized (entries) {
            outcome.run();
            entry.next = null;
            forgetExpired();
          }
          done.complete(null);
        });
    return done;
  }

  private void keep(Entry entry, Optional<Lease> lease, long began) {
    if (entry.answered && began - entry.since < 0) {
      return;
    }
    entry.answered = true;
    entry.lease = lease;
    entry.failure = null;
    entry.failed = false;
    entry.since = began;
    entry.until = began + lease.map(Lease::validFor).orElse(settings.pause()).toNanos();
  }

  /** A lease that is still good stays; what is over goes at once. */
  private void fail(Entry entry, MillraceException failed) {
    long now = nanos.getAsLong();
    entry.failed = true;
    entry.askAgain = now + settings.pause().toNanos();
    if (!entry.answered || entry.lease.isEmpty() || now - entry.until >= 0) {
      entry.answered = false;
      entry.lease = Optional.empty();
      entry.failure = failed;
      entry.until = entry.askAgain;
    }
  }

  private void await(CompletableFuture<Void> coming) {
    try {
      coming.get(settings.patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw unavailable("The vault gave no answer in time");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw unavailable("Interrupted while the vault was asked");
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static MillraceException failure(Entry entry) {
    MillraceException failed = entry.failure;
    return failed == null
        ? unavailable("The vault gave no answer in time")
        : new MillraceException(failed.code(), failed.text());
  }

  private static MillraceException unavailable(String message) {
    return new MillraceException(ErrorCode.CREDENTIALS_UNAVAILABLE, message);
  }

  /** Forgets what was not used for longest. */
  private <T> void trim(Map<LeaseRequest, T> map) {
    while (map.size() > settings.most()) {
      map.remove(map.keySet().iterator().next());
    }
  }

  /** Now and then: no secret is to stay for much longer than it may be used. */
  private void forgetExpired() {
    long now = nanos.getAsLong();
    if (now - swept < SWEEP_NANOS) {
      return;
    }
    swept = now;
    entries.values().removeIf(entry -> entry.next == null && now - entry.until >= 0);
  }

  /** The credentials that nodes of one workflow name. */
  private final class OfWorkflow implements NodeCredentials {
    private final String workflowId;

    OfWorkflow(String workflowId) {
      this.workflowId = workflowId;
    }

    private record Named(String id, String name) {
      static Optional<Named> by(WorkflowNode node, String type) {
        return node.raw().get("credentials") instanceof Map<?, ?> credentials
                && credentials.get(type) instanceof Map<?, ?> reference
            ? Optional.of(
                new Named(
                    reference.get("id") instanceof String id ? id : "",
                    reference.get("name") instanceof String name ? name : ""))
            : Optional.empty();
      }
    }

    @Override
    public Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
      return Named.by(node, type)
          .flatMap(
              named -> VaultCredentialStore.this.find(workflowId, type, named.id(), named.name()));
    }

    @Override
    public Optional<Map<String, @Nullable Object>> limits(WorkflowNode node, String type) {
      return Named.by(node, type)
          .flatMap(named ->
              VaultCredentialStore.this.limits(workflowId, type, named.id(), named.name()));
    }

    @Override
    public Optional<Map<String, @Nullable Object>> renewed(
        WorkflowNode node, String type, String refused) {
      return Named.by(node, type)
          .flatMap(named ->
              VaultCredentialStore.this.renewed(
                  workflowId, type, named.id(), named.name(), refused));
    }
  }
}
