package dev.millrace.standalone;

import dev.millrace.engine.ExecutionStatus;
import dev.millrace.standalone.history.ExecutionHistory;
import dev.millrace.value.Json;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** What a retry or replay tells of the execution that it began. */
final class RestartReport {
  private final PrintWriter out;
  private final PrintWriter err;

  RestartReport(CommandLine line) {
    this.out = line.getOut();
    this.err = line.getErr();
  }

  /**
   * @return the exit code: 1 when the execution failed, 0 also when it is not over yet
   */
  int print(ExecutionHistory.Restarted restarted, boolean asJson) {
    ExecutionStatus status = restarted.status();
    boolean failed = status != null && status != ExecutionStatus.SUCCESS;
    Map<String, @Nullable Object> error = restarted.error();
    if (asJson) {
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      form.put("executionId", restarted.executionId());
      form.put("retryOf", restarted.retryOf());
      form.put("from", restarted.from());
      form.put("status", status == null ? "running" : status.json());
      form.put("error", error);
      out.println(Json.pretty(form, 2));
      return failed ? 1 : 0;
    }
    out.println(
        "Execution "
            + restarted.executionId()
            + " goes on from \""
            + restarted.from()
            + "\" of "
            + restarted.retryOf()
            + (status == null
                ? " and is not over yet."
                : " and ended with " + status.json() + "."));
    if (failed && error != null) {
      err.println(
          (error.get("code") instanceof String code ? code + " " : "") + error.get("message"));
      err.flush();
    }
    return failed ? 1 : 0;
  }
}
