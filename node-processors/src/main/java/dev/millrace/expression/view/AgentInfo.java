package dev.millrace.expression.view;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code $agentInfo} tells an agent of the tools around it: its own ones, then those of the
 * workflow that nobody uses. What a tool's type would say (its default resource and operation) is
 * not known here; what its parameters say is.
 */
final class AgentInfo {
  private static final String AGENT = "@n8n/n8n-nodes-langchain.agent";
  private static final String TOOL = "ai_tool";
  private static final Pattern MODEL_FILLS = Pattern.compile("\\$from(?:AI|Ai|ai)\\(");

  /** The start of a word within a name of a type or parameter. */
  private static final Pattern WORD = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  private AgentInfo() {}

  /** The information for the active node, undefined unless it is an agent. */
  static Object of(EvaluationScope scope) {
    if (!AGENT.equals(scope.node().type())) {
      return Undefined.UNDEFINED;
    }
    WorkflowDocument workflow = scope.execution().workflow();
    Graph graph = new Graph(workflow);
    String agent = scope.node().name();
    List<String> own = graph.servants(agent, TOOL);
    List<@Nullable Object> tools = new ArrayList<>();
    own.forEach(name -> workflow.node(name).ifPresent(node -> tools.add(tool(node, true))));
    for (WorkflowNode node : workflow.nodes()) {
      if (shortType(node).toLowerCase(Locale.ROOT).contains("tool")
          && !own.contains(node.name())
          && !graph.serves(node.name(), TOOL)) {
        tools.add(tool(node, false));
      }
    }
    Map<String, @Nullable Object> info = new LinkedHashMap<>();
    info.put("memoryConnectedToAgent", !graph.servants(agent, "ai_memory").isEmpty());
    info.put("tools", tools);
    return info;
  }

  private static Map<String, @Nullable Object> tool(WorkflowNode node, boolean connected) {
    Map<String, @Nullable Object> tool = new LinkedHashMap<>();
    tool.put("connected", connected);
    tool.put("name", node.name());
    tool.put("type", words(shortType(node).replaceFirst("^tool(?=[A-Z])|Tool$", "")));
    tool.put("resource", words(node.parameters().get("resource")));
    tool.put("operation", words(node.parameters().get("operation")));
    tool.put(
        "hasCredentials",
        node.raw().get("credentials") instanceof Map<?, ?> given && !given.isEmpty());
    List<@Nullable Object> filled = new ArrayList<>();
    node.parameters()
        .forEach((name, value) -> {
          if (value instanceof String text && text.startsWith("=")) {
            Matcher call = MODEL_FILLS.matcher(text);
            if (call.find()) {
              filled.add(words(name));
            }
          }
        });
    tool.put("aiDefinedFields", filled);
    return tool;
  }

  private static String shortType(WorkflowNode node) {
    return node.type().substring(node.type().lastIndexOf('.') + 1);
  }

  /** {@code googleCalendar} becomes {@code Google Calendar}. */
  private static @Nullable String words(@Nullable Object value) {
    if (!(value instanceof String name) || name.isEmpty() || name.startsWith("=")) {
      return null;
    }
    String words = WORD.matcher(name).replaceAll(" ");
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
