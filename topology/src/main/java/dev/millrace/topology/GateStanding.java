package dev.millrace.topology;

import dev.millrace.avro.GateRecord;
import dev.millrace.limit.Gate;
import dev.millrace.limit.GatePolicy;
import dev.millrace.store.GateKeys;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A gate as the engine stored it last, for those who look at it from outside. One that nobody is in
 * or waits at, and of which there is nothing else to remember, is not stored.
 */
public record GateStanding(String name, GatePolicy policy, Gate.State state) {
  /** The name of the gate in a key of the gates store; empty for a key of something else there. */
  public static Optional<String> name(byte[] key) {
    return GateKeys.isState(key) ? Optional.of(GateKeys.gate(key)) : Optional.empty();
  }

  /** Reads what is stored of a gate. */
  public static GateStanding of(String name, GateRecord stored) {
    return new GateStanding(name, GateStore.policy(stored.getPolicy()), GateStore.state(stored));
  }

  /** What its breaker does at a time; empty when it has none. */
  public Optional<Gate.BreakerStatus> breaker(Instant now) {
    return new Gate(policy, state).breaker(now);
  }

  /** {@code {name, inside, waiting, limits, breaker?: {status, failures, openUntil?}}}. */
  public Map<String, @Nullable Object> toJson(Instant now) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("inside", (double) state.inside());
    json.put("waiting", (double) state.waiting());
    json.put("limits", policy.toJson());
    breaker(now)
        .ifPresent(status -> {
          Map<String, @Nullable Object> breaker = new LinkedHashMap<>();
          breaker.put("status", status.json());
          breaker.put("failures", (double) state.failures());
          if (state.openUntil() != null) {
            breaker.put("openUntil", state.openUntil().toString());
          }
          json.put("breaker", breaker);
        });
    return json;
  }
}
