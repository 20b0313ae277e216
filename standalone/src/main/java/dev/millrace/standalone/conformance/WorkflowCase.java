package dev.millrace.standalone.conformance;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.standalone.execution.WorkflowRunner;
import java.util.Optional;

/**
 * A case that runs one workflow and looks at the execution.
 *
 * @param expectation what differs from what was expected, in words; empty when nothing does
 */
record WorkflowCase(
    String name, ExecutionRequest request, WorkflowRunner runner, Expectation expectation)
    implements Case {

  /** Compares an execution with what is expected of it. */
  @FunctionalInterface
  interface Expectation {
    Optional<String> difference(FinishedExecution execution);
  }

  @Override
  public CaseResult run() {
    return run(name, () -> expectation.difference(runner.run(request)));
  }

  /** The result of a comparison; what it throws is a failure. */
  static CaseResult run(String name, java.util.function.Supplier<Optional<String>> comparison) {
    try {
      return comparison
          .get()
          .map(difference -> new CaseResult(name, Verdict.FAILED, difference))
          .orElseGet(() -> new CaseResult(name, Verdict.PASSED, ""));
    } catch (MillraceException refused) {
      return new CaseResult(name, Verdict.FAILED, refused.code().code() + " " + refused.text());
    } catch (RuntimeException defect) {
      return new CaseResult(name, Verdict.FAILED, "defect: " + defect);
    }
  }

  /** A case that is not run, and why. */
  static Case skipped(String name, String reason) {
    return new Case() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public CaseResult run() {
        return new CaseResult(name, Verdict.SKIPPED, reason);
      }
    };
  }
}
