package dev.millrace.limit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands before a service or a workflow, and lets in as many as its policy allows. It knows
 * how many are in and how many wait, but not who: that, and the order of those who wait, is the
 * caller's. One thread at a time.
 */
public final class Gate {
  /** A rate is counted in so many parts of its time; an entry counts a part longer at most. */
  private static final int PARTS = 100;

  private GatePolicy policy;
  private int inside;
  private int waiting;
  private int failures;
  private @Nullable Instant openUntil;
  private boolean trying;
  private final Deque<Entered> entered = new ArrayDeque<>();

  /** How many entered in the part of a rate's time that began then. */
  public record Entered(Instant at, int count) {}

  /**
   * Everything that a gate remembers.
   *
   * @param inside how many are in
   * @param waiting how many wait
   * @param failures in a row
   * @param openUntil until when the breaker is open, or null when it is closed
   * @param trying whether one is in to see if what lies behind works again
   * @param entered for the rate, the earliest first
   */
  public record State(
      int inside,
      int waiting,
      int failures,
      @Nullable Instant openUntil,
      boolean trying,
      List<Entered> entered) {
    /** Of a gate that nobody went through. */
    public static final State NEW = new State(0, 0, 0, null, false, List.of());
  }

  /** What becomes of one who asks. */
  public enum Answer {
    ENTER,
    WAIT,
    /** The breaker is open. */
    CLOSED,
    /** Too many wait. */
    FULL
  }

  /** How it went for one who was in. */
  public enum Outcome {
    SUCCESS,
    FAILURE,
    /** Nothing is known, or it was not the fault of what lies behind the gate. */
    NONE
  }

  public Gate(GatePolicy policy, State state) {
    this.policy = policy;
    this.inside = state.inside();
    this.waiting = state.waiting();
    this.failures = state.failures();
    this.openUntil = state.openUntil();
    this.trying = state.trying();
    state.entered().forEach(entered::add);
  }

  public GatePolicy policy() {
    return policy;
  }

  /** From now on another policy; who is in stays in. */
  public void policy(GatePolicy changed) {
    policy = changed;
  }

  /** What a new one is to do. Changes nothing but the count of those who wait. */
  public Answer ask(Instant now) {
    if (closed(now)) {
      return Answer.CLOSED;
    }
    if (waiting == 0 && mayEnter(now)) {
      return Answer.ENTER;
    }
    if (waiting >= policy.maxWaiting()) {
      return Answer.FULL;
    }
    waiting++;
    return Answer.WAIT;
  }

  /** Whether those who wait are to be refused. */
  public boolean closed(Instant now) {
    return policy.breaker() != null && openUntil != null && now.isBefore(openUntil);
  }

  /** Whether one may enter now. */
  public boolean mayEnter(Instant now) {
    if (closed(now)
        || (policy.breaker() != null && openUntil != null && trying)
        || (policy.concurrency() > 0 && inside >= policy.concurrency())) {
      return false;
    }
    return !nextByRate(now).isAfter(now);
  }

  /** One enters who asked now. */
  public void enter(Instant now) {
    inside++;
    if (policy.breaker() != null && openUntil != null) {
      trying = true;
    }
    GatePolicy.Rate rate = policy.rate();
    if (rate == null) {
      entered.clear();
      return;
    }
    forget(rate, now);
    Instant part = part(rate, now);
    Entered last = entered.peekLast();
    if (last != null && !last.at().isBefore(part)) {
      entered.removeLast();
      entered.addLast(new Entered(last.at(), last.count() + 1));
    } else {
      entered.addLast(new Entered(part, 1));
    }
  }

  /** One of those who waited waits no longer. */
  public void stopWaiting() {
    waiting = Math.max(0, waiting - 1);
  }

  /** One who was in has left. */
  public void leave(Outcome outcome, Instant now) {
    inside = Math.max(0, inside - 1);
    GatePolicy.Breaker breaker = policy.breaker();
    if (breaker == null) {
      failures = 0;
      openUntil = null;
      trying = false;
      return;
    }
    switch (outcome) {
      case SUCCESS -> {
        failures = 0;
        openUntil = null;
        trying = false;
      }
      case FAILURE -> {
        failures++;
        if (failures >= breaker.failures() && !closed(now)) {
          openUntil = now.plus(breaker.pause());
          trying = false;
        }
      }
      case NONE -> trying = false;
    }
  }

  /** When one who waits may enter at the earliest; null when that takes one who leaves. */
  public @Nullable Instant nextEntry(Instant now) {
    if (waiting == 0 || (policy.concurrency() > 0 && inside >= policy.concurrency())) {
      return null;
    }
    if (openUntil != null && policy.breaker() != null) {
      return trying ? null : openUntil.isAfter(now) ? openUntil : nextByRate(now);
    }
    return nextByRate(now);
  }

  private Instant nextByRate(Instant now) {
    GatePolicy.Rate rate = policy.rate();
    if (rate == null) {
      return now;
    }
    int inTime = 0;
    for (var latest = entered.descendingIterator(); latest.hasNext(); ) {
      Entered each = latest.next();
      inTime += each.count();
      if (inTime >= rate.count()) {
        Instant gone = each.at().plus(rate.per()).plus(length(rate));
        return gone.isAfter(now) ? gone : now;
      }
    }
    return now;
  }

  private static Duration length(GatePolicy.Rate rate) {
    return Duration.ofMillis(Math.max(1, rate.per().toMillis() / PARTS));
  }

  private static Instant part(GatePolicy.Rate rate, Instant now) {
    long length = length(rate).toMillis();
    return Instant.ofEpochMilli(Math.floorDiv(now.toEpochMilli(), length) * length);
  }

  private void forget(GatePolicy.Rate rate, Instant now) {
    Duration kept = rate.per().plus(length(rate));
    while (!entered.isEmpty() && !entered.getFirst().at().plus(kept).isAfter(now)) {
      entered.removeFirst();
    }
  }

  /** Whether it is as one that nobody went through, so that it need not be remembered. */
  public boolean fresh(Instant now) {
    GatePolicy.Rate rate = policy.rate();
    if (rate != null) {
      forget(rate, now);
    }
    return inside == 0
        && waiting == 0
        && failures == 0
        && openUntil == null
        && (rate == null || entered.isEmpty());
  }

  public State state() {
    return new State(inside, waiting, failures, openUntil, trying, List.copyOf(entered));
  }
}
