package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.standalone.execution.EngineClient;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs one workflow once. Exit code 1 when the execution failed. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description =
        "Runs a workflow once, through an engine of its own that is gone afterwards, and prints"
            + " what its last node answered as JSON.")
final class RunCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The workflow, as n8n exports it.")
  @SuppressWarnings("NullAway.Init")
  private Path file;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description =
          "What the workflow is started with: a JSON object, or an array of them, as items or as"
              + " their bare JSON; - reads standard input.")
  private @Nullable String input;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "Print what this node answered instead of the last one.")
  private @Nullable String node;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "How long it may take (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Mixin private final OutsideOptions outside = new OutsideOptions();

  @Override
  public Integer call() {
    WorkflowDocument workflow = WorkflowDocument.parse(read(file));
    String shown = node;
    if (shown != null && workflow.node(shown).isEmpty()) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_NODE, "the workflow has no node \"" + shown + "\"");
    }
    ExecutionRequest request =
        new ExecutionRequest(workflow, ExecutionMode.CLI, null, items(), null, true);
    FinishedExecution execution = execute(request);
    if (!execution.succeeded()) {
      reportFailure(execution, spec.commandLine().getErr());
      return 1;
    }
    spec.commandLine().getOut().println(Json.pretty(answer(execution, shown), 2));
    return 0;
  }

  private FinishedExecution execute(ExecutionRequest request) {
    try (DataFolder data = DataFolder.temporary();
        Outside reached = Outside.of(outside.credentials(), data, outside.allowed());
        Platform platform = Platform.start(data, List.of(), reached)) {
      platform.startEngine(CommittedReplies.NONE);
      platform.awaitEngine();
      try (EngineClient client =
          new EngineClient(
              platform.bootstrap(),
              platform.serdes(),
              platform.catalogue(),
              platform.expressions(),
              Duration.ofSeconds(seconds))) {
        return client.run(request);
      }
    }
  }

  /** The items of the node's last run: those of its one output, or a list for each output. */
  static Object answer(FinishedExecution execution, @Nullable String node) {
    String name = node == null ? execution.lastNode() : node;
    List<NodeRun> runs = name == null ? List.of() : execution.runs(name);
    if (runs.isEmpty()) {
      return List.of();
    }
    NodeRun last = runs.getLast();
    List<Object> outputs = new ArrayList<>();
    for (int output = 0; output < last.outputs().size(); output++) {
      outputs.add(last.output(output).stream().map(RunCommand::shown).toList());
    }
    return outputs.size() == 1 ? outputs.get(0) : outputs;
  }

  /** An item without its lineage, which nobody asks for here. */
  private static Map<String, @Nullable Object> shown(Item item) {
    return item.withPairing(null).toJson();
  }

  /** Node, item and error, a line each. */
  static void reportFailure(FinishedExecution execution, PrintWriter err) {
    Map<String, @Nullable Object> error = execution.error();
    err.println("The execution ended with " + execution.status() + ".");
    if (error != null) {
      Object failedNode = error.get("node");
      String name =
          failedNode instanceof Map<?, ?> object
              ? Coercion.toText(object.get("name"))
              : failedNode instanceof String text ? text : execution.lastNode();
      if (name != null) {
        err.println("node:  " + name);
      }
      Object item = error.get("itemIndex");
      if (item instanceof Number index) {
        err.println("item:  " + Coercion.toText(index));
      }
      Object code = error.get("code");
      err.println(
          "error: " + (code instanceof String known ? known + " " : "") + execution.errorMessage());
      if (error.get("description") instanceof String description) {
        err.println("       " + description);
      }
    }
    err.flush();
  }

  private List<Item> items() {
    String from = input;
    if (from == null) {
      return List.of(Item.empty());
    }
    try {
      byte[] bytes = from.equals("-") ? standardInput() : Files.readAllBytes(Path.of(from));
      return itemsOf(Json.parse(bytes));
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "the input cannot be read: " + unreadable, unreadable);
    }
  }

  private static byte[] standardInput() throws IOException {
    InputStream in = System.in;
    return in.readAllBytes();
  }

  /** Items from an object or an array of them. */
  static List<Item> itemsOf(@Nullable Object json) {
    List<Item> items = new ArrayList<>();
    for (Object one : json instanceof List<?> list ? list : java.util.Arrays.asList(json)) {
      if (!(one instanceof Map<?, ?> object)) {
        throw new MillraceException(
            ErrorCode.INVALID_JSON, "the input is neither an object nor an array of objects");
      }
      if (object.get("json") instanceof Map<?, ?>) {
        items.add(Item.fromJson(object));
      } else {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        object.forEach((key, value) -> copy.put(String.valueOf(key), value));
        items.add(Item.of(copy));
      }
    }
    return items;
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, file + " cannot be read: " + unreadable, unreadable);
    }
  }
}
