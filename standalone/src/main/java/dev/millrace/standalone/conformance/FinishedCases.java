package dev.millrace.standalone.conformance;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseSuite;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Makes a suite of a reader that runs a file's cases while it reads them. */
public final class FinishedCases {
  private FinishedCases() {}

  /** Reads and runs the cases of a file. */
  @FunctionalInterface
  public interface Reader {
    List<CaseResult> run(Path file) throws IOException;
  }

  public static CaseSuite of(Reader reader) {
    return file -> {
      try {
        return reader.run(file).stream().<Case>map(Finished::new).toList();
      } catch (IOException unreadable) {
        throw new MillraceException(
            ErrorCode.UNREADABLE_FILE, file + " cannot be read: " + unreadable, unreadable);
      }
    };
  }

  private record Finished(CaseResult result) implements Case {
    @Override
    public String name() {
      return result.name();
    }

    @Override
    public CaseResult run() {
      return result;
    }
  }
}
