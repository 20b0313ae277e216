package dev.millrace.conformance;

public record CaseResult(String name, Verdict verdict, String detail) {
  public enum Verdict {
    PASSED,
    FAILED,
    SKIPPED
  }
}
