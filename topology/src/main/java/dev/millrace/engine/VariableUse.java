package dev.millrace.engine;

import dev.millrace.workflow.WorkflowDocument;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which variables ({@code $vars}) a workflow may ask for, by the texts of its parameters: an
 * execution takes along no others.
 *
 * @param all whether it may ask for any, because it does not name them
 * @param names those that it names; of no meaning when it may ask for any
 */
record VariableUse(boolean all, Set<String> names) {
  private static final VariableUse ALL = new VariableUse(true, Set.of());

  /** A name behind a dot or in brackets; where neither follows, all variables are in use. */
  private static final Pattern USE =
      Pattern.compile(
          "\\$vars(?:\\s*\\??\\.\\s*([A-Za-z_][A-Za-z0-9_]*)"
              + "|\\s*(?:\\?\\.)?\\[\\s*(?:'([A-Za-z0-9_]+)'|\"([A-Za-z0-9_]+)\")\\s*\\])?"
              + "(?![A-Za-z0-9_$])");

  /** Evaluates texts that come with the data, which may name any. */
  private static final String EVALUATES = "$evaluateExpression";

  VariableUse {
    names = Set.copyOf(names);
  }

  static VariableUse of(WorkflowDocument workflow) {
    Set<String> names = new HashSet<>();
    boolean known = workflow.nodes().stream().allMatch(node -> collect(node.parameters(), names));
    return known ? new VariableUse(false, names) : ALL;
  }

  /** Whether it asks for none. */
  boolean none() {
    return !all && names.isEmpty();
  }

  /** Those of some variables that it may ask for. */
  Map<String, String> among(Map<String, String> variables) {
    if (all) {
      return variables;
    }
    Map<String, String> used = new HashMap<>(variables);
    used.keySet().retainAll(names);
    return used;
  }

  /** Whether a value names all variables that it uses; adds them. */
  private static boolean collect(@Nullable Object value, Set<String> names) {
    return switch (value) {
      case String text -> collectFrom(text, names);
      case List<?> list -> list.stream().allMatch(each -> collect(each, names));
      case Map<?, ?> object -> object.values().stream().allMatch(each -> collect(each, names));
      case null, default -> true;
    };
  }

  private static boolean collectFrom(String text, Set<String> names) {
    if (text.contains(EVALUATES)) {
      return false;
    }
    Matcher use = USE.matcher(text);
    while (use.find()) {
      String name = use.group(1) != null ? use.group(1) : use.group(2);
      name = name != null ? name : use.group(3);
      if (name == null) {
        return false;
      }
      names.add(name);
    }
    return true;
  }
}
