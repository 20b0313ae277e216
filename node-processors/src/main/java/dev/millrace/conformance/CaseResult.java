package dev.millrace.conformance;

/**
 * How one case ended.
 *
 * @param name unique within its file
 * @param detail what differs, or why the case was skipped; empty when it passed
 */
public record CaseResult(String name, Verdict verdict, String detail) {
  public enum Verdict {
    PASSED,
    FAILED,
    SKIPPED
  }
}
