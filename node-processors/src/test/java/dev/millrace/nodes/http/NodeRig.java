package dev.millrace.nodes.http;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.item.Item;
import dev.millrace.node.EffectNode;
import dev.millrace.node.LocalFiles;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.nodes.FakeCall;
import dev.millrace.nodes.FakeExecution;
import dev.millrace.nodes.FakeWorker;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs a node with the real client, real expressions and files in memory. */
final class NodeRig implements AutoCloseable {
  private static final ExpressionEngine ENGINE = new JsExpressionEngine();

  final MemoryBinaries binaries = new MemoryBinaries();
  final Map<String, Map<String, @Nullable Object>> credentials = new HashMap<>();
  private final OutgoingHttp http;
  private final EffectNode node;

  NodeRig(Function<NodeServices, EffectNode> make) {
    this(
        make,
        new ApacheOutgoingHttp(OutgoingHttpSettings.DEFAULT.withAllowed(List.of("127.0.0.0/8"))));
  }

  NodeRig(Function<NodeServices, EffectNode> make, OutgoingHttp http) {
    this.http = http;
    this.node =
        make.apply(
            new NodeServices(ENGINE, new RigCredentials(), http, binaries, LocalFiles.none()));
  }

  /** Those of the rig; a refused token is replaced by what stands beside it. */
  private final class RigCredentials implements NodeCredentials {
    @Override
    public Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
      return Optional.ofNullable(credentials.get(type));
    }

    @Override
    public Optional<Map<String, @Nullable Object>> renewed(
        WorkflowNode node, String type, String refused) {
      return Optional.ofNullable(credentials.get(type + " after " + refused));
    }
  }

  /** Output 0 of a run with settings such as {@code "onError": "continueRegularOutput"}. */
  List<Item> run(
      double version, String parameters, Map<String, @Nullable Object> settings, List<Item> input) {
    Map<String, @Nullable Object> stored = new LinkedHashMap<>();
    stored.put("id", "n");
    stored.put("name", "N");
    stored.put("type", node.spec().type());
    stored.put("typeVersion", version);
    stored.put("position", List.of(0.0, 0.0));
    stored.put("parameters", Json.parse(parameters));
    stored.putAll(settings);
    WorkflowDocument workflow =
        WorkflowDocument.parse(
            Json.write(Map.of("nodes", List.of(stored), "connections", Map.of())));
    NodeOutput output =
        FakeWorker.run(
            node,
            new FakeCall(
                node.spec(),
                workflow.node("N").orElseThrow(),
                input,
                new FakeExecution(workflow),
                ENGINE));
    return Objects.requireNonNull(Objects.requireNonNull(output.outputs()).getFirst());
  }

  List<Item> run(double version, String parameters, Item... input) {
    return run(
        version, parameters, Map.of(), input.length == 0 ? List.of(Item.empty()) : List.of(input));
  }

  List<Item> tolerant(double version, String parameters, Item... input) {
    return run(
        version,
        parameters,
        Map.of("onError", "continueRegularOutput"),
        input.length == 0 ? List.of(Item.empty()) : List.of(input));
  }

  @Override
  public void close() {
    http.close();
  }
}
