package dev.millrace.expression.fast;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.expression.fast.Fast.Locals;
import dev.millrace.expression.fast.Fast.Swallowed;
import dev.millrace.expression.js.Ast;
import dev.millrace.expression.js.Sandbox;
import dev.millrace.item.Item;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a syntax tree to Java closures, if it knows every form in it. What a closure then meets
 * at run time may still be too much for it: it gives up, and JavaScript evaluates the block.
 */
public final class FastCompiler {
  /** What every JavaScript object has by birth; never looked up in data. */
  private static final Set<String> INHERITED =
      Set.of(
          "toString",
          "valueOf",
          "hasOwnProperty",
          "isPrototypeOf",
          "propertyIsEnumerable",
          "toLocaleString",
          "constructor",
          "__proto__",
          "__defineGetter__",
          "__defineSetter__",
          "__lookupGetter__",
          "__lookupSetter__");

  private static final Set<String> VARIABLES =
      Set.of("$json", "$data", "$itemIndex", "$runIndex", "$now", "$today", "$input");

  /** Parameter names of the arrow functions around what is being compiled, innermost last. */
  private final List<List<String>> parameters = new ArrayList<>();

  private FastCompiler() {}

  /** The closure, or null when the expression needs JavaScript. */
  public static @Nullable Fast compile(Ast.Expr expression) {
    try {
      Fast compiled = new FastCompiler().expression(expression);
      return (scope, locals) -> result(compiled.evaluate(scope, locals));
    } catch (Unsupported needsJavaScript) {
      return null;
    }
  }

  /** What a block with this value adds to a text. */
  public static String contribution(@Nullable Object value) {
    return switch (value) {
      case ZonedDateTime date -> Coercion.isoText(date);
      case Boolean b -> b.toString();
      case Double d when d == 0 -> "0";
      case null, default -> Coercion.toBoolean(value) ? Operators.string(value) : "";
    };
  }

  /** Some form that the fast path does not know. */
  private static final class Unsupported extends RuntimeException {
    private Unsupported() {
      super("needs JavaScript", null, false, false);
    }
  }

  /** Lets through what is the same value on both paths. */
  private static @Nullable Object result(@Nullable Object value) {
    switch (value) {
      case null -> {}
      case Undefined u -> {}
      case Boolean b -> {}
      case Double d -> {}
      case String s -> {}
      case ZonedDateTime d -> {}
      case Map<?, ?> map -> map.values().forEach(FastCompiler::nested);
      case List<?> list -> list.forEach(FastCompiler::nested);
      default -> throw new GiveUp();
    }
    return value;
  }

  private static void nested(@Nullable Object value) {
    if (value instanceof ZonedDateTime
        || (value instanceof Double d && (d.isNaN() || d.isInfinite()))) {
      throw new GiveUp();
    }
    result(value);
  }

  private Fast expression(Ast.Expr expression) {
    return switch (expression) {
      case Ast.Literal literal -> constant(literal.value());
      case Ast.Name name -> name(name.name());
      case Ast.Template template -> template(template);
      case Ast.ArrayLiteral array -> array(array);
      case Ast.ObjectLiteral object -> object(object);
      case Ast.Unary unary -> unary(unary);
      case Ast.Binary binary -> binary(binary);
      case Ast.Logical logical -> logical(logical);
      case Ast.Conditional c ->
          conditional(expression(c.test()), expression(c.then()), expression(c.otherwise()));
      case Ast.Member member -> member(member);
      case Ast.Index index -> index(index);
      case Ast.Call call -> call(call);
      case Ast.Chain chain -> chain(chain);
      default -> throw new Unsupported();
    };
  }

  private static Fast constant(@Nullable Object value) {
    return (scope, locals) -> value;
  }

  private Fast name(String name) {
    for (int depth = 0; depth < parameters.size(); depth++) {
      int at = parameters.get(parameters.size() - 1 - depth).indexOf(name);
      if (at >= 0) {
        return local(depth, at);
      }
    }
    if (!VARIABLES.contains(name)) {
      if (name.equals("undefined")) {
        return constant(Undefined.UNDEFINED);
      }
      throw new Unsupported();
    }
    Fast variable = Data.variable(name);
    return (scope, locals) -> {
      if (!scope.extra().isEmpty() && scope.extra().containsKey(name)) {
        throw new GiveUp();
      }
      return variable.evaluate(scope, locals);
    };
  }

  private static Fast local(int depth, int at) {
    return (scope, locals) -> {
      Locals frame = locals;
      for (int i = 0; i < depth; i++) {
        Locals outer = frame.outer();
        if (outer == null) {
          throw new GiveUp();
        }
        frame = outer;
      }
      return at < frame.values().length ? frame.values()[at] : Undefined.UNDEFINED;
    };
  }

  private Fast template(Ast.Template template) {
    List<String> texts = template.cooked();
    List<Fast> parts = all(template.parts());
    return (scope, locals) -> {
      StringBuilder text = new StringBuilder(texts.getFirst());
      for (int i = 0; i < parts.size(); i++) {
        text.append(Operators.string(parts.get(i).evaluate(scope, locals)));
        text.append(texts.get(i + 1));
      }
      return text.toString();
    };
  }

  private Fast array(Ast.ArrayLiteral array) {
    List<Fast> elements = new ArrayList<>();
    for (Ast.Expr element : array.elements()) {
      if (element == null) {
        throw new Unsupported();
      }
      elements.add(expression(element));
    }
    return (scope, locals) -> {
      List<@Nullable Object> list = new ArrayList<>(elements.size());
      for (Fast element : elements) {
        list.add(element.evaluate(scope, locals));
      }
      return list;
    };
  }

  private Fast object(Ast.ObjectLiteral object) {
    Map<String, Fast> fields = new LinkedHashMap<>();
    for (Ast.Property property : object.properties()) {
      if (!property.kind().equals("init")
          || property.computed()
          || !(property.key() instanceof Ast.Literal literal)
          || !(literal.value() instanceof String name)
          || INHERITED.contains(name)
          || name.equals("toJSON")
          || property.value() == null) {
        throw new Unsupported();
      }
      fields.put(name, expression(property.value()));
    }
    return (scope, locals) -> {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      fields.forEach((name, value) -> map.put(name, value.evaluate(scope, locals)));
      return map;
    };
  }

  private Fast unary(Ast.Unary unary) {
    if (unary.op().equals("typeof")
        && unary.operand() instanceof Ast.Name name
        && !VARIABLES.contains(name.name())) {
      throw new Unsupported();
    }
    Fast operand = expression(unary.operand());
    return switch (unary.op()) {
      case "!" -> (scope, locals) -> !Coercion.toBoolean(operand.evaluate(scope, locals));
      case "-" -> (scope, locals) -> -Operators.number(operand.evaluate(scope, locals));
      case "+" -> (scope, locals) -> Operators.number(operand.evaluate(scope, locals));
      case "typeof" -> (scope, locals) -> Operators.typeOf(operand.evaluate(scope, locals));
      default -> throw new Unsupported();
    };
  }

  private Fast binary(Ast.Binary binary) {
    Fast left = expression(binary.left());
    Fast right = expression(binary.right());
    return switch (binary.op()) {
      case "+" -> (s, l) -> Operators.add(left.evaluate(s, l), right.evaluate(s, l));
      case "-" ->
          (s, l) -> {
            double a = Operators.number(left.evaluate(s, l));
            return a - Operators.number(right.evaluate(s, l));
          };
      case "*" ->
          (s, l) -> {
            double a = Operators.number(left.evaluate(s, l));
            return a * Operators.number(right.evaluate(s, l));
          };
      case "/" ->
          (s, l) -> {
            double a = Operators.number(left.evaluate(s, l));
            return a / Operators.number(right.evaluate(s, l));
          };
      case "%" ->
          (s, l) -> {
            double a = Operators.number(left.evaluate(s, l));
            return a % Operators.number(right.evaluate(s, l));
          };
      case "===" -> (s, l) -> Operators.strictlyEqual(left.evaluate(s, l), right.evaluate(s, l));
      case "!==" -> (s, l) -> !Operators.strictlyEqual(left.evaluate(s, l), right.evaluate(s, l));
      case "==" -> (s, l) -> Operators.looselyEqual(left.evaluate(s, l), right.evaluate(s, l));
      case "!=" -> (s, l) -> !Operators.looselyEqual(left.evaluate(s, l), right.evaluate(s, l));
      case "<" -> (s, l) -> Operators.less(left.evaluate(s, l), right.evaluate(s, l), false);
      case "<=" -> (s, l) -> Operators.less(left.evaluate(s, l), right.evaluate(s, l), true);
      case ">" ->
          (s, l) -> {
            Object a = left.evaluate(s, l);
            return Operators.less(right.evaluate(s, l), a, false);
          };
      case ">=" ->
          (s, l) -> {
            Object a = left.evaluate(s, l);
            return Operators.less(right.evaluate(s, l), a, true);
          };
      default -> throw new Unsupported();
    };
  }

  private Fast logical(Ast.Logical logical) {
    Fast left = expression(logical.left());
    Fast right = expression(logical.right());
    return switch (logical.op()) {
      case "&&" ->
          (scope, locals) -> {
            Object value = left.evaluate(scope, locals);
            return Coercion.toBoolean(value) ? right.evaluate(scope, locals) : value;
          };
      case "||" ->
          (scope, locals) -> {
            Object value = left.evaluate(scope, locals);
            return Coercion.toBoolean(value) ? value : right.evaluate(scope, locals);
          };
      default ->
          (scope, locals) -> {
            Object value = left.evaluate(scope, locals);
            return Undefined.orNull(value) ? right.evaluate(scope, locals) : value;
          };
    };
  }

  private static Fast conditional(Fast test, Fast then, Fast otherwise) {
    return (scope, locals) ->
        Coercion.toBoolean(test.evaluate(scope, locals))
            ? then.evaluate(scope, locals)
            : otherwise.evaluate(scope, locals);
  }

  /** Marks that an optional link found nothing, up to the end of its chain. */
  private static final class CutShort extends RuntimeException {
    private CutShort() {
      super("cut short", null, false, false);
    }
  }

  private Fast chain(Ast.Chain chain) {
    Fast inner = expression(chain.expression());
    return (scope, locals) -> {
      try {
        return inner.evaluate(scope, locals);
      } catch (CutShort nothing) {
        return Undefined.UNDEFINED;
      }
    };
  }

  private Fast target(Ast.Expr object, boolean optional) {
    Fast target = expression(object);
    if (!optional) {
      return target;
    }
    return (scope, locals) -> {
      Object value = target.evaluate(scope, locals);
      if (Undefined.orNull(value)) {
        throw new CutShort();
      }
      return value;
    };
  }

  private Fast member(Ast.Member member) {
    String name = member.name();
    if (INHERITED.contains(name) || name.startsWith("#")) {
      throw new Unsupported();
    }
    String node = member.object() instanceof Ast.Call call ? Data.node(call) : null;
    if (node != null) {
      return Data.nodeProperty(node, name).orElseThrow(() -> new Unsupported());
    }
    Fast object = target(member.object(), member.optional());
    return (scope, locals) -> property(object.evaluate(scope, locals), name, scope);
  }

  private static @Nullable Object property(
      @Nullable Object object, String name, EvaluationScope scope) {
    if (object instanceof Map<?, ?> map) {
      return Data.field(map, name);
    }
    return switch (object) {
      case null -> throw new Swallowed();
      case Undefined u -> throw new Swallowed();
      case Item item when name.equals("json") -> item.json();
      case Data.Input input -> input.property(name, scope);
      case String s when name.equals("length") -> (double) s.length();
      case List<?> list when name.equals("length") -> (double) list.size();
      case ZonedDateTime date -> Dates.property(date, name);
      default -> throw new GiveUp();
    };
  }

  private Fast index(Ast.Index index) {
    Fast object = target(index.object(), index.optional());
    if (index.index() instanceof Ast.Literal literal && literal.value() instanceof String name) {
      if (INHERITED.contains(name)) {
        throw new Unsupported();
      }
      return (scope, locals) -> property(object.evaluate(scope, locals), name, scope);
    }
    Fast key = expression(index.index());
    return (scope, locals) -> {
      Object of = object.evaluate(scope, locals);
      if (Undefined.orNull(of)) {
        throw new Swallowed();
      }
      Object at = key.evaluate(scope, locals);
      if (at instanceof Double d && of instanceof List<?> list) {
        return element(list, d);
      }
      if (at instanceof String name && !INHERITED.contains(name) && !Sandbox.denied(name)) {
        return of instanceof Map<?, ?> map ? Data.checkedField(map, name) : giveUp();
      }
      return giveUp();
    };
  }

  private static @Nullable Object giveUp() {
    throw new GiveUp();
  }

  static @Nullable Object element(List<?> list, double index) {
    return index >= 0 && index < list.size() && index == (int) index
        ? Data.value(list.get((int) index))
        : Undefined.UNDEFINED;
  }

  private List<Fast> all(List<Ast.Expr> expressions) {
    List<Fast> compiled = new ArrayList<>(expressions.size());
    for (Ast.Expr expression : expressions) {
      compiled.add(expression(expression));
    }
    return compiled;
  }

  private Fast call(Ast.Call call) {
    if (call.optional()) {
      throw new Unsupported();
    }
    return switch (call.callee()) {
      case Ast.Name name -> function(name.name(), name.name(), call.arguments());
      case Ast.Member member -> method(member, call.arguments());
      default -> throw new Unsupported();
    };
  }

  /** A call of {@code function}, which is the variable {@code name} or a member of it. */
  private Fast function(String name, String function, List<Ast.Expr> arguments) {
    if (parameters.stream().anyMatch(names -> names.contains(name))) {
      throw new Unsupported();
    }
    if (name.equals("$if") && arguments.size() >= 2) {
      return unlessExtra(
          name,
          conditional(
              expression(arguments.get(0)),
              expression(arguments.get(1)),
              arguments.size() > 2 ? expression(arguments.get(2)) : constant(false)));
    }
    Methods.Function known = Methods.function(function, arguments.size());
    if (known == null) {
      throw new Unsupported();
    }
    List<Fast> values = all(arguments);
    return unlessExtra(name, (scope, locals) -> known.call(evaluated(values, scope, locals)));
  }

  private static Fast unlessExtra(String name, Fast fast) {
    return (scope, locals) -> {
      if (!scope.extra().isEmpty() && scope.extra().containsKey(name)) {
        throw new GiveUp();
      }
      return fast.evaluate(scope, locals);
    };
  }

  private Fast method(Ast.Member member, List<Ast.Expr> arguments) {
    String name = member.name();
    if (member.object() instanceof Ast.Name of && Methods.isLibrary(of.name())) {
      return function(of.name(), of.name() + "." + name, arguments);
    }
    String node = member.object() instanceof Ast.Call call ? Data.node(call) : null;
    if (node != null) {
      if (!arguments.isEmpty()) {
        throw new Unsupported();
      }
      return Data.nodeMethod(node, name).orElseThrow(() -> new Unsupported());
    }
    if (!Methods.isKnown(name)) {
      throw new Unsupported();
    }
    Fast target = target(member.object(), member.optional());
    if (Lists.TAKES_FUNCTION.contains(name)) {
      return iteration(name, target, arguments);
    }
    List<Fast> values = all(arguments);
    return (scope, locals) -> {
      Object of = target.evaluate(scope, locals);
      if (of instanceof Data.Input) {
        return values.isEmpty() ? Data.inputMethod(name, scope) : giveUp();
      }
      return Methods.call(of, name, evaluated(values, scope, locals));
    };
  }

  private Fast iteration(String name, Fast target, List<Ast.Expr> arguments) {
    if (arguments.size() != 1
        || !(arguments.getFirst() instanceof Ast.Function arrow)
        || !arrow.arrow()
        || arrow.async()
        || arrow.body().size() != 1
        || !(arrow.body().getFirst() instanceof Ast.Return returned)
        || returned.argument() == null) {
      throw new Unsupported();
    }
    List<String> names = new ArrayList<>();
    for (Ast.Expr parameter : arrow.params()) {
      if (!(parameter instanceof Ast.Name simple) || names.size() == 2) {
        throw new Unsupported();
      }
      names.add(simple.name());
    }
    parameters.add(names);
    Fast body = expression(returned.argument());
    parameters.removeLast();
    return (scope, locals) -> {
      Object of = target.evaluate(scope, locals);
      if (Undefined.orNull(of)) {
        throw new Swallowed();
      }
      return of instanceof List<?> list ? Lists.iterate(name, list, body, scope, locals) : giveUp();
    };
  }

  private static @Nullable Object[] evaluated(
      List<Fast> values, EvaluationScope scope, Locals locals) {
    @Nullable Object[] evaluated = new Object[values.size()];
    for (int i = 0; i < evaluated.length; i++) {
      evaluated[i] = values.get(i).evaluate(scope, locals);
    }
    return evaluated;
  }
}
