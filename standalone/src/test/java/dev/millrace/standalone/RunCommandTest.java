package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(300)
class RunCommandTest {
  private static final String WORKFLOW =
      """
      {"name": "Numbers", "settings": {"executionOrder": "v1"}, "nodes": [
        {"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1,
         "position": [0, 0], "parameters": {}},
        {"name": "Double", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [200, 0],
         "parameters": {"assignments": {"assignments": [
          {"id": "a", "name": "twice", "type": "number", "value": "={{ $json.n * 2 }}"}]}}},
        {"name": "Check", "type": "n8n-nodes-base.code", "typeVersion": 2, "position": [400, 0],
         "parameters": {"mode": "runOnceForEachItem", "jsCode":
          "if ($json.twice > 10) throw new Error('too large'); return $input.item;"}}],
       "connections": {
        "Start": {"main": [[{"node": "Double", "type": "main", "index": 0}]]},
        "Double": {"main": [[{"node": "Check", "type": "main", "index": 0}]]}}}
      """;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsWhatTheLastNodeAnswered() throws IOException {
    assertThat(execute("[{\"n\": 1}, {\"json\": {\"n\": 2}}]")).isZero();

    assertThat(Json.parse(out.toString()))
        .isEqualTo(Json.parse("[{\"json\": {\"twice\": 2}}, {\"json\": {\"twice\": 4}}]"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aFailedExecutionTellsNodeItemAndError() throws IOException {
    assertThat(execute("[{\"n\": 1}, {\"n\": 9}]")).isEqualTo(1);

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString())
        .contains("node:  Check", "item:  1", "too large")
        .startsWith("The execution ended with error.");
  }

  @Test
  void aNodeThatIsNotThereIsToldBeforeAnythingStarts() throws IOException {
    assertThat(execute("{}", "--node", "Nobody")).isEqualTo(1);

    assertThat(err.toString()).startsWith("MR-1104 the workflow has no node \"Nobody\".");
  }

  @Test
  void inputIsObjectsAndNothingElse() {
    assertThat(RunCommand.itemsOf(Json.parse("{\"a\": 1}"))).hasSize(1);
    assertThatThrownBy(() -> RunCommand.itemsOf(Json.parse("[1]")))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_JSON));
  }

  private int execute(String input, String... more) throws IOException {
    Path workflow = Files.writeString(folder.resolve("workflow.json"), WORKFLOW);
    Path items = Files.writeString(folder.resolve("input.json"), input);
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    java.util.List<String> arguments =
        new java.util.ArrayList<>(
            java.util.List.of("run", workflow.toString(), "--input", items.toString()));
    arguments.addAll(java.util.List.of(more));
    return line.execute(arguments.toArray(String[]::new));
  }
}
