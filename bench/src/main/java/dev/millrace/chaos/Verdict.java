package dev.millrace.chaos;

import java.util.List;

/**
 * What a look at everything since the start of a rig found.
 *
 * @param accepted calls that were answered with 200
 * @param executions that began, those of sub-workflows included
 * @param waiting executions that wait for hours, as they should
 * @param repeatedCalls calls that reached the stub more than once, each under its one key
 * @param replacedThreads stream threads that ended and were replaced, in the present lives of the
 *     engines
 * @param violations promises that were broken, in words
 */
public record Verdict(
    int accepted,
    int executions,
    long waiting,
    long repeatedCalls,
    long replacedThreads,
    List<String> violations) {
  public Verdict {
    violations = List.copyOf(violations);
  }
}
