package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.limit.GatePolicy;
import dev.millrace.limit.NodeLimits;
import dev.millrace.limit.WorkflowBudgets;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.Ports;
import dev.millrace.node.TriggerNode;
import dev.millrace.parameter.CompiledParameters;
import dev.millrace.parameter.NodeParameters;
import dev.millrace.workflow.Connection;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A workflow version, compiled: its graph with order, parsed parameters and compiled expressions.
 * Immutable and shared between threads; cached by workflow and version.
 */
public final class Plan {
  /** The types that start a manual run when the workflow has no other trigger, by priority. */
  private static final List<String> START_TYPES =
      List.of(
          "n8n-nodes-base.manualTrigger",
          "n8n-nodes-base.executeWorkflowTrigger",
          "n8n-nodes-base.errorTrigger",
          "n8n-nodes-base.evaluationTrigger",
          "n8n-nodes-base.formTrigger");

  private final WorkflowDocument document;
  private final ExecutionOrder order;
  private final ZoneId zone;
  private final @Nullable Duration timeLimit;
  private final Map<String, PlannedNode> nodes;
  private final @Nullable GatePolicy concurrency;
  private final WorkflowBudgets budgets;
  private final VariableUse variables;
  private final List<Issue> wrongLimits;
  // Of the nodes that may have to wait, which are asked for while an execution runs.
  private final Map<String, List<String>> ancestors;
  // Of the nodes that nothing leads to, where all but partial runs start.
  private final Map<String, List<Issue>> issuesByStart = new HashMap<>();

  private Plan(
      WorkflowDocument document,
      ExecutionOrder order,
      Map<String, PlannedNode> nodes,
      @Nullable GatePolicy concurrency,
      WorkflowBudgets budgets,
      List<Issue> wrongLimits) {
    this.concurrency = concurrency;
    this.budgets = budgets;
    this.wrongLimits = List.copyOf(wrongLimits);
    this.document = document;
    this.order = order;
    this.zone = document.zone();
    this.timeLimit = timeLimit(document);
    this.variables = VariableUse.of(document);
    this.nodes = nodes;
    this.ancestors = new HashMap<>();
    for (PlannedNode node : nodes.values()) {
      if (node.joinsInputs()) {
        ancestors.put(node.name(), findAncestors(nodes, node.name()));
      }
      if (node.parents().isEmpty()) {
        issuesByStart.put(node.name(), List.copyOf(findIssues(node.name())));
      }
    }
  }

  /** The two orders in which queued nodes run. */
  public enum ExecutionOrder {
    /** Breadth first, in the order of connections. */
    V0,
    /** Depth first, the topmost and leftmost branch first. */
    V1
  }

  /** Something in a workflow that keeps it from running. */
  public record Issue(ErrorCode code, String node, String message) {}

  /** Compiles a workflow. Unknown node types are kept and reported by {@link #issues}. */
  public static Plan compile(
      WorkflowDocument document, NodeCatalogue catalogue, ExpressionEngine expressions) {
    Map<String, List<List<PlannedNode.Child>>> children = new LinkedHashMap<>();
    Map<String, List<List<PlannedNode.Parent>>> parents = new LinkedHashMap<>();
    for (Connection edge : document.connections()) {
      slot(children.computeIfAbsent(edge.from(), n -> new ArrayList<>()), edge.output())
          .add(new PlannedNode.Child(edge.to(), edge.input()));
      slot(parents.computeIfAbsent(edge.to(), n -> new ArrayList<>()), edge.input())
          .add(new PlannedNode.Parent(edge.from(), edge.output()));
    }
    Map<String, PlannedNode> nodes = new LinkedHashMap<>();
    List<Issue> wrongLimits = new ArrayList<>();
    for (WorkflowNode node : document.nodes()) {
      Optional<NodeProcessor> processor = catalogue.find(node.type());
      NodeParameters parameters =
          processor
              .map(p -> CompiledParameters.compile(p.spec(), node, expressions))
              .orElseGet(() -> CompiledParameters.compile(node.parameters(), expressions));
      Ports ports =
          processor
              .map(p -> p.spec().ports().apply(node, parameters.raw()))
              .orElse(Ports.ONE_TO_ONE);
      nodes.put(
          node.name(),
          new PlannedNode(
              node,
              processor.orElse(null),
              parameters,
              ports,
              frozen(children.get(node.name())),
              frozen(parents.get(node.name())),
              limits(node, wrongLimits)));
    }
    return new Plan(
        document,
        "v1".equals(document.settings().get("executionOrder"))
            ? ExecutionOrder.V1
            : ExecutionOrder.V0,
        nodes,
        concurrency(document, wrongLimits),
        budgets(document, wrongLimits),
        wrongLimits);
  }

  private static NodeLimits limits(WorkflowNode node, List<Issue> wrong) {
    try {
      return NodeLimits.of(node);
    } catch (MillraceException malformed) {
      wrong.add(new Issue(malformed.code(), node.name(), malformed.text()));
      return NodeLimits.NONE;
    }
  }

  private static @Nullable GatePolicy concurrency(WorkflowDocument document, List<Issue> wrong) {
    try {
      return NodeLimits.ofWorkflow(document.settings()).orElse(null);
    } catch (MillraceException malformed) {
      wrong.add(new Issue(malformed.code(), "", malformed.text()));
      return null;
    }
  }

  private static WorkflowBudgets budgets(WorkflowDocument document, List<Issue> wrong) {
    try {
      return WorkflowBudgets.of(document.settings());
    } catch (MillraceException malformed) {
      wrong.add(new Issue(malformed.code(), "", malformed.text()));
      return WorkflowBudgets.NONE;
    }
  }

  /** The plan of no workflow, for an execution that is rejected before it runs. */
  public static Plan empty() {
    return new Plan(
        WorkflowDocument.of(Map.of("nodes", List.of())),
        ExecutionOrder.V1,
        Map.of(),
        null,
        WorkflowBudgets.NONE,
        List.of());
  }

  public WorkflowDocument document() {
    return document;
  }

  public ExecutionOrder order() {
    return order;
  }

  /** How long an execution may run, what it waits for a time not counted; null: for ever. */
  @Nullable Duration timeLimit() {
    return timeLimit;
  }

  /** How many of its executions may run at once, of those that nobody started by hand; or null. */
  public @Nullable GatePolicy concurrency() {
    return concurrency;
  }

  /** Whether an execution may ask for variables ({@code $vars}). */
  public boolean usesVariables() {
    return !variables.none();
  }

  /** Those of some variables that an execution may ask for. */
  public Map<String, String> variables(Map<String, String> all) {
    return variables.among(all);
  }

  /** How much one execution may do in all. */
  WorkflowBudgets budgets() {
    return budgets;
  }

  private static @Nullable Duration timeLimit(WorkflowDocument document) {
    return document.settings().get("executionTimeout") instanceof Double seconds && seconds > 0
        ? Duration.ofMillis((long) Math.min(seconds * 1_000, Integer.MAX_VALUE * 1_000.0))
        : null;
  }

  public ZoneId zone() {
    return zone;
  }

  /** The nodes in the document's order. */
  public List<PlannedNode> nodes() {
    return List.copyOf(nodes.values());
  }

  public Optional<PlannedNode> find(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  /** A node that is known to be in the plan. */
  PlannedNode node(String name) {
    PlannedNode node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("no node \"" + name + "\" in the plan");
    }
    return node;
  }

  /**
   * Where a run starts that names no trigger: the only node; else the first enabled trigger; else
   * by type.
   */
  public Optional<PlannedNode> defaultStart() {
    if (nodes.size() == 1) {
      return nodes.values().stream().findFirst().filter(n -> !n.node().disabled());
    }
    List<PlannedNode> enabled = nodes.values().stream().filter(n -> !n.node().disabled()).toList();
    Optional<PlannedNode> trigger =
        enabled.stream()
            .filter(
                n -> n.processor() instanceof TriggerNode && !START_TYPES.contains(n.node().type()))
            .findFirst();
    if (trigger.isPresent()) {
      return trigger;
    }
    for (String type : START_TYPES) {
      for (PlannedNode node : enabled) {
        if (node.node().type().equals(type)) {
          return Optional.of(node);
        }
      }
    }
    return Optional.empty();
  }

  /** The node itself and all that can be reached from it. */
  public Set<String> reachableFrom(String start) {
    Set<String> seen = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(start));
    while (!open.isEmpty()) {
      String name = open.removeFirst();
      if (nodes.containsKey(name) && seen.add(name)) {
        node(name).children().forEach(slot -> slot.forEach(child -> open.add(child.node())));
      }
    }
    return seen;
  }

  /**
   * All that lead to a node, the nearest first; without the node itself unless it is on a cycle.
   */
  public List<String> ancestors(String name) {
    List<String> known = ancestors.get(name);
    return known == null ? findAncestors(nodes, name) : known;
  }

  private static List<String> findAncestors(Map<String, PlannedNode> nodes, String name) {
    Set<String> seen = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(name));
    while (!open.isEmpty()) {
      PlannedNode node = Objects.requireNonNull(nodes.get(open.removeFirst()));
      for (List<PlannedNode.Parent> input : node.parents()) {
        for (PlannedNode.Parent parent : input) {
          if (seen.add(parent.node())) {
            open.add(parent.node());
          }
        }
      }
    }
    return List.copyOf(seen);
  }

  /** What keeps an execution from starting at a node: checked before the first node runs. */
  public List<Issue> issues(String start) {
    List<Issue> known = issuesByStart.get(start);
    return known == null ? findIssues(start) : known;
  }

  private List<Issue> findIssues(String start) {
    List<Issue> issues = new ArrayList<>(wrongLimits);
    for (String name : reachableFrom(start)) {
      PlannedNode node = node(name);
      if (node.node().disabled()) {
        continue;
      }
      NodeProcessor processor = node.processor();
      if (processor == null) {
        issues.add(
            new Issue(
                ErrorCode.UNKNOWN_NODE_TYPE,
                name,
                "node \""
                    + name
                    + "\" has the type \""
                    + node.node().type()
                    + "\", which is not known here"));
      } else if (!processor.spec().versions().contains(node.node().typeVersion())) {
        issues.add(
            new Issue(
                ErrorCode.UNKNOWN_NODE_TYPE,
                name,
                "node \""
                    + name
                    + "\" has version "
                    + dev.millrace.value.Coercion.numberText(node.node().typeVersion())
                    + " of the type \""
                    + node.node().type()
                    + "\", which is not known here"));
      }
    }
    return issues;
  }

  private static <T> List<T> slot(List<List<T>> slots, int index) {
    while (slots.size() <= index) {
      slots.add(new ArrayList<>());
    }
    return slots.get(index);
  }

  private static <T> List<List<T>> frozen(@org.jspecify.annotations.Nullable List<List<T>> slots) {
    return slots == null ? List.of() : slots.stream().map(List::copyOf).toList();
  }
}
