package dev.millrace.standalone.conformance;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.conformance.CaseSuite;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The reader of each kind of file. */
public final class CaseSuites {
  private final Map<CaseKind, CaseSuite> byKind = new EnumMap<>(CaseKind.class);

  public CaseSuites with(CaseKind kind, CaseSuite suite) {
    byKind.put(kind, suite);
    return this;
  }

  /** A file's cases; one that is skipped when nothing here can run its kind. */
  public List<Case> read(CaseFile file) {
    CaseSuite suite = byKind.get(file.kind());
    if (suite == null) {
      return List.of(
          WorkflowCase.skipped(
              file.shown(),
              "no reader for "
                  + file.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')));
    }
    try {
      return suite.read(file.path());
    } catch (RuntimeException unreadable) {
      return List.of(failed(file.shown(), unreadable));
    }
  }

  private static Case failed(String name, RuntimeException unreadable) {
    return new Case() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public CaseResult run() {
        return new CaseResult(name, Verdict.FAILED, "cannot be read: " + unreadable.getMessage());
      }
    };
  }
}
