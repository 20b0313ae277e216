package dev.millrace.control.workflows;

import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionSyntax;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.parameter.DisplayOptions;
import dev.millrace.parameter.ParameterDefaults;
import dev.millrace.parameter.ParameterIssues;
import dev.millrace.value.Coercion;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that stands against a workflow, whereas {@link WorkflowCheck} names the first thing
 * that publishing refuses: for who imports or edits. Thread-safe.
 */
final class WorkflowReview {
  private final NodeCatalogue catalogue;
  private final WorkflowCheck check;

  /**
   * Something that stands against a workflow.
   *
   * @param node its name, empty for what is about the workflow as a whole
   * @param blocks whether publishing refuses it; else it fails when it comes to that
   */
  record Problem(ErrorCode code, String node, String message, boolean blocks) {
    static final Schema SCHEMA =
        Schema.object()
            .must("code", Schema.text())
            .must("node", Schema.text().orNull())
            .must("message", Schema.text())
            .must("advice", Schema.text())
            .must("blocks", Schema.flag())
            .named("WorkflowProblem");

    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("code", code.code());
      json.put("node", node.isEmpty() ? null : node);
      json.put("message", message);
      json.put("advice", code.advice());
      json.put("blocks", blocks);
      return json;
    }
  }

  WorkflowReview(NodeCatalogue catalogue) {
    this.catalogue = catalogue;
    this.check = new WorkflowCheck(catalogue);
  }

  /** In the order of the nodes; what is about the workflow as a whole stands first. */
  List<Problem> of(WorkflowDocument workflow) {
    List<Problem> problems = new ArrayList<>();
    for (WorkflowNode node : workflow.nodes()) {
      if (!node.disabled()) {
        Optional<NodeProcessor> processor = catalogue.find(node.type());
        if (processor.isEmpty()) {
          problems.add(unknown(node, "has the type \"" + node.type() + "\""));
        } else if (!processor.get().spec().versions().contains(node.typeVersion())) {
          problems.add(
              unknown(
                  node,
                  "has version "
                      + Coercion.numberText(node.typeVersion())
                      + " of the type \""
                      + node.type()
                      + "\""));
        } else {
          problems.addAll(of(node, processor.get().spec()));
        }
      }
    }
    // Nodes that are not known may be its triggers.
    if (problems.stream().noneMatch(Problem::blocks)) {
      try {
        check.require(workflow);
        WebhookEndpoint.of(workflow);
      } catch (MillraceException refused) {
        problems.addFirst(new Problem(refused.code(), "", refused.text(), true));
      }
    }
    return problems;
  }

  private static Problem unknown(WorkflowNode node, String what) {
    return new Problem(
        ErrorCode.UNKNOWN_NODE_TYPE,
        node.name(),
        "node \"" + node.name() + "\" " + what + ", which is not known here",
        true);
  }

  private static List<Problem> of(WorkflowNode node, NodeSpec spec) {
    List<Problem> problems = new ArrayList<>();
    DisplayOptions.Context context = DisplayOptions.Context.of(node.typeVersion(), node.type());
    ParameterIssues.of(spec.properties(), node.parameters(), context)
        .forEach((parameter, issues) ->
            issues.forEach(issue ->
                problems.add(
                    new Problem(
                        ErrorCode.MISSING_PARAMETER,
                        node.name(),
                        "node \"" + node.name() + "\": " + issue + " (" + parameter + ")",
                        false))));
    Map<String, @Nullable Object> full =
        new ParameterDefaults(spec.properties(), context)
            .apply(node.parameters(), ParameterDefaults.Keep.FOR_RUN);
    for (Property property : spec.properties()) {
      Object value = node.parameters().get(property.name());
      if (property.type().equals("options")
          && value instanceof String chosen
          && !chosen.startsWith("=")
          && full.containsKey(property.name())
          && offers(spec, property.name())
          && !offered(spec, property.name(), chosen)) {
        problems.add(
            new Problem(
                ErrorCode.NODE_FAILED,
                node.name(),
                "node \""
                    + node.name()
                    + "\": \""
                    + chosen
                    + "\" of \""
                    + property.displayName()
                    + "\" is not supported",
                false));
      }
    }
    expressions(node, "", full, problems);
    return problems.stream().distinct().toList();
  }

  /** Whether the choices of a parameter are known; those of some are asked for at a service. */
  private static boolean offers(NodeSpec spec, String name) {
    return spec.properties().stream()
        .filter(property -> property.name().equals(name))
        .allMatch(property -> !property.options().isEmpty());
  }

  /** Whether one of the forms that a parameter has offers a choice. */
  private static boolean offered(NodeSpec spec, String name, String choice) {
    return spec.properties().stream()
        .filter(property -> property.name().equals(name))
        .flatMap(property -> property.options().stream())
        .anyMatch(option -> choice.equals(option.value()));
  }

  private static void expressions(
      WorkflowNode node, String path, @Nullable Object value, List<Problem> problems) {
    switch (value) {
      case String text ->
          ExpressionSyntax.problem(text)
              .ifPresent(broken ->
                  problems.add(
                      new Problem(
                          broken.code(),
                          node.name(),
                          "node \"" + node.name() + "\", " + path + ": " + broken.text(),
                          false)));
      case Map<?, ?> members ->
          members.forEach((name, member) ->
              expressions(
                  node,
                  path.isEmpty() ? String.valueOf(name) : path + "." + name,
                  member,
                  problems));
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          expressions(node, path + "[" + i + "]", list.get(i), problems);
        }
      }
      case null, default -> {}
    }
  }
}
