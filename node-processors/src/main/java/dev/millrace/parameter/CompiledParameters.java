package dev.millrace.parameter;

import dev.millrace.expression.CompiledExpression;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeSpec;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowNode;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@link NodeParameters} made once from a stored node and its spec. */
public final class CompiledParameters implements NodeParameters {
  /** {@code $parameter["&key"]}: a parameter beside the one that holds the expression. */
  private static final Pattern SIBLING =
      Pattern.compile("\\$(parameter|rawParameter)\\s*\\[\\s*(['\"])&([^'\"]*)\\2\\s*]");

  /** Paths are literals of node code; past this many, somebody is building them from data. */
  private static final int MAX_CACHED_PATHS = 512;

  private final Map<String, @Nullable Object> raw;
  private final Form root;
  private final Set<String> varying;
  private final Map<String, Form> byPath = new ConcurrentHashMap<>();
  private final Map<String, Object> derived = new ConcurrentHashMap<>();

  private CompiledParameters(Map<String, @Nullable Object> raw, Form root) {
    this.raw = raw;
    this.root = root;
    Set<String> names = new LinkedHashSet<>();
    if (root instanceof Branch top) {
      top.members.forEach((name, form) -> {
        if (!(form instanceof Constant)) {
          names.add(name);
        }
      });
    }
    this.varying = Collections.unmodifiableSet(names);
  }

  /**
   * Fills in defaults and compiles every expression. Stored parameters that the spec does not name
   * stay; those that {@code displayOptions} hide are left out.
   */
  public static CompiledParameters compile(
      NodeSpec spec, WorkflowNode node, ExpressionEngine engine) {
    Map<String, @Nullable Object> raw =
        new ParameterDefaults(
                spec.properties(), DisplayOptions.Context.of(node.typeVersion(), node.type()))
            .apply(node.parameters(), ParameterDefaults.Keep.FOR_RUN);
    return compile(raw, engine);
  }

  /** Compiles parameters as they are. */
  public static CompiledParameters compile(
      Map<String, @Nullable Object> parameters, ExpressionEngine engine) {
    return new CompiledParameters(
        java.util.Collections.unmodifiableMap(parameters), form(parameters, "", engine));
  }

  @Override
  public @Nullable Object resolve(String path, EvaluationScope scope) {
    Form form = byPath.get(path);
    if (form == null) {
      form = find(path);
      if (byPath.size() < MAX_CACHED_PATHS) {
        byPath.put(path, form);
      }
    }
    return form.resolve(scope);
  }

  @Override
  public @Nullable Object raw(String path) {
    return ParameterPath.get(raw, path);
  }

  @Override
  public Map<String, @Nullable Object> raw() {
    return raw;
  }

  @Override
  public Set<String> varying() {
    return varying;
  }

  @Override
  public Map<String, @Nullable Object> view(EvaluationScope scope) {
    return new View(scope);
  }

  @Override
  public <T> T derived(String key, Class<T> type, Supplier<T> make) {
    Object known = derived.get(key);
    // Made outside of the map: what makes it may ask for parameters again.
    if (known == null) {
      known = make.get();
      derived.put(key, known);
    }
    return type.cast(known);
  }

  private Form find(String path) {
    if (path.isEmpty()) {
      return root;
    }
    Form direct = root instanceof Branch top ? top.members.get(path) : null;
    if (direct != null) {
      return direct;
    }
    List<String> keys = ParameterPath.split(path);
    Form form = root;
    for (int i = 0; i < keys.size(); i++) {
      String key = keys.get(i);
      switch (form) {
        case Constant constant -> {
          return new Constant(ParameterPath.get(constant.value, keys, i));
        }
        case Branch branch -> {
          Form member = branch.members.get(key);
          if (member == null) {
            return Constant.UNDEFINED;
          }
          form = member;
        }
        case Sequence sequence -> {
          int index = ParameterPath.index(key);
          if (index < 0 || index >= sequence.elements.size()) {
            return Constant.UNDEFINED;
          }
          form = sequence.elements.get(index);
        }
        case Expression expression -> {
          return new Within(expression, keys.subList(i, keys.size()));
        }
        case Within within -> throw new AssertionError("made by find only: " + within);
      }
    }
    return form;
  }

  private static Form form(@Nullable Object value, String path, ExpressionEngine engine) {
    return switch (value) {
      case String text when !text.isEmpty() && text.charAt(0) == '=' -> {
        CompiledExpression expression = engine.compile(withSiblings(text, path));
        yield expression.constant() ? new Constant(value) : new Expression(expression);
      }
      case Map<?, ?> object -> {
        Map<String, Form> members = LinkedHashMap.newLinkedHashMap(object.size());
        boolean constant = true;
        for (Map.Entry<?, ?> entry : object.entrySet()) {
          String key = String.valueOf(entry.getKey());
          Form member = form(entry.getValue(), path + "[" + quoted(key) + "]", engine);
          constant &= member instanceof Constant;
          members.put(key, member);
        }
        // The top level stays a branch so that a parameter is found in one look-up.
        yield constant && !path.isEmpty() ? new Constant(value) : new Branch(members);
      }
      case List<?> list -> {
        List<Form> elements = new ArrayList<>(list.size());
        boolean constant = true;
        for (int i = 0; i < list.size(); i++) {
          Form element = form(list.get(i), path + "[" + i + "]", engine);
          constant &= element instanceof Constant;
          elements.add(element);
        }
        yield constant ? new Constant(value) : new Sequence(elements);
      }
      case null, default -> new Constant(value);
    };
  }

  /** A sibling's place is fixed when the parameters are compiled, so it becomes a full path. */
  private static String withSiblings(String text, String path) {
    if (text.indexOf('&') < 0) {
      return text;
    }
    String parent = path.substring(0, Math.max(0, path.lastIndexOf('[')));
    Matcher matcher = SIBLING.matcher(text);
    return matcher.replaceAll(match ->
        Matcher.quoteReplacement(
            "$" + match.group(1) + parent + "[" + quoted(match.group(3)) + "]"));
  }

  private static String quoted(String key) {
    return dev.millrace.value.Json.text(key);
  }

  /** A compiled value. */
  private sealed interface Form {
    @Nullable Object resolve(EvaluationScope scope);
  }

  private record Constant(@Nullable Object value) implements Form {
    static final Constant UNDEFINED = new Constant(Undefined.UNDEFINED);

    @Override
    public @Nullable Object resolve(EvaluationScope scope) {
      return value;
    }
  }

  private record Expression(CompiledExpression expression) implements Form {
    @Override
    public @Nullable Object resolve(EvaluationScope scope) {
      return expression.evaluate(scope);
    }
  }

  private record Within(Expression outer, List<String> keys) implements Form {
    @Override
    public @Nullable Object resolve(EvaluationScope scope) {
      return ParameterPath.get(outer.resolve(scope), keys, 0);
    }
  }

  /** An object of which a member is an expression: its keys are known, its values are not. */
  private static final class Branch implements Form {
    private final Map<String, Form> members;
    private final FixedKeys keys;
    private final Form[] forms;

    Branch(Map<String, Form> members) {
      this.members = members;
      this.keys = FixedKeys.of(members.keySet());
      this.forms = members.values().toArray(Form[]::new);
    }

    @Override
    public @Nullable Object resolve(EvaluationScope scope) {
      @Nullable Object[] values = new Object[forms.length];
      for (int i = 0; i < forms.length; i++) {
        values[i] = forms[i].resolve(scope);
      }
      return keys.with(values);
    }
  }

  private record Sequence(List<Form> elements) implements Form {
    @Override
    public @Nullable Object resolve(EvaluationScope scope) {
      List<@Nullable Object> list = new ArrayList<>(elements.size());
      for (Form element : elements) {
        list.add(element.resolve(scope));
      }
      return list;
    }
  }

  /** Resolves a parameter when it is asked for: an expression may ask for the one beside it. */
  private final class View extends AbstractMap<String, @Nullable Object> {
    private final EvaluationScope scope;

    View(EvaluationScope scope) {
      this.scope = scope;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
      return raw.containsKey(key);
    }

    @Override
    public @Nullable Object get(@Nullable Object key) {
      return key instanceof String name && raw.containsKey(name) ? resolve(name, scope) : null;
    }

    @Override
    public Set<Map.Entry<String, @Nullable Object>> entrySet() {
      return new AbstractSet<>() {
        @Override
        public Iterator<Map.Entry<String, @Nullable Object>> iterator() {
          Iterator<String> names = raw.keySet().iterator();
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              return names.hasNext();
            }

            @Override
            public Map.Entry<String, @Nullable Object> next() {
              String name = names.next();
              return new SimpleImmutableEntry<>(name, resolve(name, scope));
            }
          };
        }

        @Override
        public int size() {
          return raw.size();
        }
      };
    }
  }
}
