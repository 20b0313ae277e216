package dev.millrace.standalone.conformance.nodes;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store of a few customers that n8n's own tutorials and tests read from. Its rows are not part of
 * Millrace: they are taken from the recorded behaviour, where one case holds them as a literal.
 */
public final class TrainingCustomersNode implements TransformNode {
  private static final List<String> HOLDERS =
      List.of(
          "json-error_outputs.json",
          "engine/json-error_outputs.json",
          "conformance/engine/json-error_outputs.json");
  private static final double DEFAULT_LIMIT = 5;

  private final NodeSpec spec =
      NodeSpec.type("n8n-nodes-base.n8nTrainingCustomerDatastore")
          .named("Customer Datastore", "Answers a few made-up customers.")
          .properties(
              Property.options(
                  "operation",
                  "Operation",
                  "getOnePerson",
                  Property.option("getOnePerson", "getOnePerson"),
                  Property.option("getAllPeople", "getAllPeople")),
              Property.bool("returnAll", "Return All", false).showWhen("operation", "getAllPeople"),
              Property.number("limit", "Limit", DEFAULT_LIMIT)
                  .showWhen("operation", "getAllPeople")
                  .showWhen("returnAll", false))
          .build();

  private final List<Map<String, @Nullable Object>> customers;

  private TrainingCustomersNode(List<Map<String, @Nullable Object>> customers) {
    this.customers = customers;
  }

  /** The node, where a path lies in a folder of recorded behaviour that has the rows. */
  public static Optional<TrainingCustomersNode> find(List<Path> paths) {
    for (Path path : paths) {
      Path start = path.toAbsolutePath().normalize();
      for (Path folder = start; folder != null; folder = folder.getParent()) {
        for (String holder : HOLDERS) {
          Path file = folder.resolve(holder);
          if (Files.isRegularFile(file)) {
            return read(file).map(TrainingCustomersNode::new);
          }
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public NodeSpec spec() {
    return spec;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    if (!call.string("operation", 0, "").equals("getAllPeople")) {
      throw new NodeException("only getAllPeople is recorded");
    }
    long count =
        call.bool("returnAll", 0, false)
            ? customers.size()
            : Math.round(call.number("limit", 0, DEFAULT_LIMIT));
    return NodeOutput.of(customers.stream().limit(count).map(Item::of).toList());
  }

  /** The rows: a Code node of the case returns them as a JSON literal. */
  private static Optional<List<Map<String, @Nullable Object>>> read(Path file) {
    try {
      Object workflow = Json.parseObject(Files.readAllBytes(file)).get("workflow");
      if (!(workflow instanceof Map<?, ?> raw)) {
        return Optional.empty();
      }
      for (WorkflowNode node : document(raw).nodes()) {
        if (node.name().equals("Mock Data")
            && node.parameters().get("jsCode") instanceof String code) {
          return Optional.of(rows(Json.parse(code.replaceFirst("^\\s*return\\s*", ""))));
        }
      }
      return Optional.empty();
    } catch (IOException | MillraceException notThere) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("unchecked")
  private static WorkflowDocument document(Map<?, ?> raw) {
    return WorkflowDocument.of((Map<String, @Nullable Object>) raw);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, @Nullable Object>> rows(@Nullable Object literal) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Object row : literal instanceof List<?> list ? list : List.of()) {
      if (row instanceof Map<?, ?> object) {
        rows.add((Map<String, @Nullable Object>) object);
      }
    }
    return rows;
  }
}
