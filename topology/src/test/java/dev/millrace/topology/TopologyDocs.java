package dev.millrace.topology;

import dev.millrace.engine.ExecutionLifecycle;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.node.EffectNode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.streams.TopologyDescription;

/** Draws the topology and the life of an execution from what they are in code. */
final class TopologyDocs {
  private static final String NODE_PREFIX = MillraceTopology.nodeProcessorName("");

  private TopologyDocs() {}

  static String topology(TopologyDescription description, NodeCatalogue catalogue) {
    StringBuilder page = new StringBuilder();
    page.append("# The topology\n\n")
        .append("Generated from `topology.describe()`; do not edit. Regenerate with\n")
        .append("`./mvnw test -pl topology -am -Dtest=TopologyDocsTest -Dmillrace.docs.write=true")
        .append(" -Dsurefire.failIfNoSpecifiedTests=false`.\n\n")
        .append("One graph for all workflows, which are data that the router reads. The router")
        .append(" calls a node\ntype's processor by a synchronous forward, within one record")
        .append(
            " and one transaction. A run\non state beyond its execution goes to the owner of that state by a topic, and its result")
        .append(" comes\nback by another ([state](state.md)).\n\n```mermaid\nflowchart LR\n");
    Ids ids = new Ids();
    List<String> edges = new ArrayList<>();
    for (TopologyDescription.GlobalStore global :
        sorted(description.globalStores(), Comparator.comparing(g -> g.source().name()))) {
      page.append("  subgraph global [\"every instance\"]\n");
      page.append(topic(ids, topics(global.source())));
      page.append("    ")
          .append(ids.of(global.processor().name()))
          .append("[\"")
          .append(global.processor().name())
          .append("\"]\n");
      edges.add(
          ids.of("topic " + topics(global.source())) + " --> " + ids.of(global.processor().name()));
      for (String store : sorted(global.processor().stores(), Comparator.naturalOrder())) {
        page.append("    ")
            .append(ids.of("store " + store))
            .append("[(\"")
            .append(store)
            .append("\")]\n");
        edges.add(ids.of(global.processor().name()) + " --- " + ids.of("store " + store));
      }
      page.append("  end\n");
    }
    for (TopologyDescription.Subtopology part :
        sorted(
            description.subtopologies(),
            Comparator.comparingInt(TopologyDescription.Subtopology::id))) {
      List<String> nodeTypes = new ArrayList<>();
      for (TopologyDescription.Node node :
          sorted(part.nodes(), Comparator.comparing(TopologyDescription.Node::name))) {
        switch (node) {
          case TopologyDescription.Source source -> {
            page.append(topic(ids, topics(source)));
            for (TopologyDescription.Node next : source.successors()) {
              edges.add(ids.of("topic " + topics(source)) + " --> " + ids.of(next.name()));
            }
          }
          case TopologyDescription.Sink sink -> {
            page.append(topic(ids, sink.topic()));
            for (TopologyDescription.Node before : sink.predecessors()) {
              edges.add(ids.of(before.name()) + " --> " + ids.of("topic " + sink.topic()));
            }
          }
          case TopologyDescription.Processor processor -> {
            if (processor.name().startsWith(NODE_PREFIX)) {
              nodeTypes.add(processor.name());
              for (TopologyDescription.Node before : processor.predecessors()) {
                edges.add(ids.of(before.name()) + " <--> " + ids.of(processor.name()));
              }
            } else {
              page.append("  ")
                  .append(ids.of(processor.name()))
                  .append("{{\"")
                  .append(processor.name())
                  .append("\"}}\n");
              for (String store : sorted(processor.stores(), Comparator.naturalOrder())) {
                page.append("  ")
                    .append(ids.of("store " + store))
                    .append("[(\"")
                    .append(store)
                    .append("\")]\n");
                edges.add(ids.of(processor.name()) + " --- " + ids.of("store " + store));
              }
            }
          }
          default -> throw new IllegalStateException("unknown part " + node);
        }
      }
      if (nodeTypes.isEmpty()) {
        continue;
      }
      page.append("  subgraph nodes [\"one processor for each node type\"]\n");
      for (String type : nodeTypes) {
        page.append("    ")
            .append(ids.of(type))
            .append("[\"")
            .append(type.substring(NODE_PREFIX.length()))
            .append("\"]\n");
      }
      page.append("  end\n");
    }
    edges.stream().distinct().forEach(edge -> page.append("  ").append(edge).append('\n'));
    page.append("```\n\n## Node types\n\n| Type | Kind | Versions |\n|---|---|---|\n");
    for (NodeProcessor node :
        sorted(catalogue.all(), Comparator.comparing((NodeProcessor n) -> n.spec().type()))) {
      page.append("| `")
          .append(node.spec().type())
          .append("` | ")
          .append(kind(node))
          .append(" | ")
          .append(
              String.join(
                  ", ",
                  node.spec().versions().stream()
                      .map(dev.millrace.value.Coercion::numberText)
                      .toList()))
          .append(" |\n");
    }
    return page.toString();
  }

  static String lifecycle() {
    StringBuilder page = new StringBuilder();
    page.append("# The life of an execution\n\n")
        .append("Generated from `ExecutionLifecycle`; do not edit. Regenerate with\n")
        .append("`./mvnw test -pl topology -am -Dtest=TopologyDocsTest -Dmillrace.docs.write=true")
        .append(" -Dsurefire.failIfNoSpecifiedTests=false`.\n\n")
        .append("An event that has no row for the present status cannot be applied.\n\n")
        .append("```mermaid\nstateDiagram-v2\n");
    for (ExecutionLifecycle.Transition row : ExecutionLifecycle.table()) {
      page.append("  ")
          .append(row.from() == null ? "[*]" : row.from().json())
          .append(" --> ")
          .append(row.to().json())
          .append(": ")
          .append(row.event().getSimpleName())
          .append('\n');
    }
    for (ExecutionStatus status : ExecutionStatus.values()) {
      if (status.terminal()) {
        page.append("  ").append(status.json()).append(" --> [*]\n");
      }
    }
    page.append("```\n\n| Status | Event | Next |\n|---|---|---|\n");
    for (ExecutionLifecycle.Transition row : ExecutionLifecycle.table()) {
      page.append("| ")
          .append(row.from() == null ? "" : row.from().json())
          .append(" | `")
          .append(row.event().getSimpleName())
          .append("` | ")
          .append(row.to().json())
          .append(" |\n");
    }
    return page.toString();
  }

  private static String kind(NodeProcessor node) {
    return switch (node) {
      case TransformNode transform -> "transform";
      case FlowNode flow -> "flow";
      case TriggerNode trigger -> "trigger";
      case EffectNode effect -> "effect";
      case KeyedNode keyed -> "keyed";
    };
  }

  private static String topics(TopologyDescription.Source source) {
    return String.join(", ", sorted(source.topicSet(), Comparator.naturalOrder()));
  }

  private static String topic(Ids ids, String name) {
    return ids.seen("topic " + name)
        ? ""
        : "  " + ids.of("topic " + name) + "([\"" + name + "\"])\n";
  }

  private static <T> List<T> sorted(Iterable<? extends T> values, Comparator<? super T> order) {
    List<T> list = new ArrayList<>();
    values.forEach(list::add);
    list.sort(order);
    return list;
  }

  /** Short names, since Mermaid's may hold neither dots nor colons. */
  private static final class Ids {
    private final Map<String, String> ids = new TreeMap<>();

    boolean seen(String name) {
      return ids.containsKey(name);
    }

    String of(String name) {
      return ids.computeIfAbsent(name, n -> "n" + ids.size());
    }
  }
}
