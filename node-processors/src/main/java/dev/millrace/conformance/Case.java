package dev.millrace.conformance;

/** One recorded behaviour, ready to be run. May be run often; not thread-safe. */
public interface Case {
  /** Unique within its file. */
  String name();

  /** Runs it. Whatever goes wrong is a {@code FAILED} result, never an exception. */
  CaseResult run();
}
