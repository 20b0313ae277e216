package dev.millrace.standalone.conformance;

import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.value.Coercion;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.Optional;
import java.util.TreeSet;

/** Which workflows the nodes of a catalogue can run. */
public final class NodeSupport {
  private final NodeCatalogue catalogue;

  public NodeSupport(NodeCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** Why a workflow cannot run yet: the node types that are not built. Empty when it can. */
  public Optional<String> unsupported(WorkflowDocument workflow) {
    TreeSet<String> missing = new TreeSet<>();
    for (WorkflowNode node : workflow.nodes()) {
      if (node.disabled()) {
        continue;
      }
      Optional<NodeProcessor> processor = catalogue.find(node.type());
      if (processor.isEmpty()) {
        missing.add(node.type());
      } else if (!processor.get().spec().versions().contains(node.typeVersion())) {
        missing.add(node.type() + " version " + Coercion.numberText(node.typeVersion()));
      }
    }
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("node type not built yet: " + String.join(", ", missing));
  }
}
