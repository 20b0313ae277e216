package dev.millrace.expression;

import java.time.Duration;
import java.time.ZoneId;

/**
 * How expressions and code are run.
 *
 * @param fastPath whether expressions that need no JavaScript are compiled to Java; false sends all
 *     of them through GraalJS, to compare the two
 * @param expressionLimit how long one expression may take
 * @param codeLimit how long one run of a Code node may take
 * @param cacheSize how many compiled expressions the engine keeps, and how many parsed functions
 *     each of its JavaScript contexts
 * @param environmentAccess whether {@code $env} may be read
 * @param processZone the time zone of JavaScript's own {@code Date}; Luxon's is the workflow's
 */
public record ExpressionSettings(
    boolean fastPath,
    Duration expressionLimit,
    Duration codeLimit,
    int cacheSize,
    boolean environmentAccess,
    ZoneId processZone) {

  /** The defaults: 5 s for both limits, 1,024 expressions, no environment, UTC. */
  public static final ExpressionSettings DEFAULT =
      new ExpressionSettings(
          true, Duration.ofSeconds(5), Duration.ofSeconds(5), 1024, false, ZoneId.of("UTC"));

  public ExpressionSettings withFastPath(boolean enabled) {
    return new ExpressionSettings(
        enabled, expressionLimit, codeLimit, cacheSize, environmentAccess, processZone);
  }

  public ExpressionSettings withLimits(Duration expression, Duration code) {
    return new ExpressionSettings(
        fastPath, expression, code, cacheSize, environmentAccess, processZone);
  }
}
