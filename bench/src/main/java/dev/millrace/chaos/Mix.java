package dev.millrace.chaos;

import dev.millrace.bench.BenchParts;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The workflows under load, each a kind of its own; what they answer follows from the call. */
public enum Mix {
  SIMPLE("simple", true),
  BRANCH("branch", true),
  /** Waits for two seconds. */
  WAIT("wait", false),
  /** Calls the stub. */
  HTTP("http", true),
  /** Calls {@code child.json}. */
  SUB("sub", true),
  /** Waits for hours: it is still waiting when all is over. */
  LONG("long", false),
  /** Calls what {@link Slow} makes fail, until it is answered; not part of the constant load. */
  SLOW("slow", false);

  private static final List<Mix> CYCLE =
      List.of(SIMPLE, BRANCH, WAIT, HTTP, SUB, SIMPLE, HTTP, BRANCH);

  /** Each so many calls one begins that waits for hours. */
  private static final int BETWEEN_LONG = 50;

  private final String file;
  private final boolean answered;

  Mix(String file, boolean answered) {
    this.file = file;
    this.answered = answered;
  }

  /** The kind of the call with that number. */
  static Mix of(long number) {
    return number % BETWEEN_LONG == BETWEEN_LONG - 1
        ? LONG
        : CYCLE.get((int) (number % CYCLE.size()));
  }

  /** What follows {@code /webhook/}. */
  public String path() {
    return "mix-" + file;
  }

  /** Whether callers are answered with what the last node answers; else at once. */
  public boolean answered() {
    return answered;
  }

  /** All workflows by their file names, as JSON. */
  static Map<String, String> files(int stubPort) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    for (String name :
        List.of("child", "simple", "branch", "wait", "http", "sub", "long", "slow")) {
      files.put(
          name + ".json",
          new String(BenchParts.resource("/chaos/mix/" + name + ".json"), StandardCharsets.UTF_8)
              .replace("STUB_PORT", String.valueOf(stubPort)));
    }
    return files;
  }

  /** All workflows by their ids. */
  static Map<String, WorkflowDocument> documents(int stubPort) throws IOException {
    Map<String, WorkflowDocument> documents = new LinkedHashMap<>();
    for (String json : files(stubPort).values()) {
      WorkflowDocument document = WorkflowDocument.parse(json.getBytes(StandardCharsets.UTF_8));
      documents.put(document.id().orElseThrow(), document);
    }
    return documents;
  }
}
