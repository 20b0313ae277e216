package dev.millrace.expression.js;

import dev.millrace.value.Coercion;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Prints an expression as a JavaScript function that is safe to run in a shared context: every free
 * variable becomes a property of the scope object, every call of a method with the name of an
 * extension goes through the dispatcher, every computed property name is checked when it runs, and
 * what the sandbox denies is refused.
 *
 * <p>The text is {@code (function(E, O, K, C) {return function(S) {…}})} with {@code E(object,
 * name, arguments)} the dispatcher, {@code O} the same for a method that may be missing, {@code
 * K(key)} the check of a computed name, {@code C(function, this, arguments)} a call, and {@code S}
 * the scope.
 */
public final class Printer {
  /** A letter in every name that the printer makes up, and refused in the user's names. */
  static final char MARK = '\u01c3';

  private static final String SCOPE = MARK + "S";
  private static final String EXTEND = MARK + "E";
  private static final String EXTEND_OPTIONAL = MARK + "O";
  private static final String KEY = MARK + "K";
  private static final String CALL = MARK + "C";

  private final Set<String> extensions;
  private StringBuilder out = new StringBuilder();
  private final Deque<Set<String>> scopes = new ArrayDeque<>();
  private int temporaries;
  private int functionsWithThis;

  private Printer(Set<String> extensions) {
    this.extensions = extensions;
  }

  /**
   * @param extensions the names of methods that go through the dispatcher
   * @throws Sandbox.ForbiddenException when the expression names what it may not
   */
  public static String print(Ast.Expr expression, Set<String> extensions) {
    Printer printer = new Printer(extensions);
    printer.expression(expression);
    String variables = printer.temporaryVariables(printer.temporaries);
    return "(function("
        + String.join(",", EXTEND, EXTEND_OPTIONAL, KEY, CALL)
        + "){\"use strict\";"
        + "return function("
        + SCOPE
        + "){"
        + variables
        + "return "
        + printer.out
        + ";};})";
  }

  private String temporaryVariables(int count) {
    if (count == 0) {
      return "";
    }
    StringBuilder names = new StringBuilder("var ");
    for (int i = 1; i <= count; i++) {
      names.append(i > 1 ? "," : "").append(MARK).append(i);
    }
    return names.append(';').toString();
  }

  private boolean declared(String name) {
    for (Set<String> scope : scopes) {
      if (scope.contains(name)) {
        return true;
      }
    }
    return false;
  }

  private void list(List<? extends Ast.@Nullable Expr> expressions) {
    for (int i = 0; i < expressions.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      Ast.Expr expression = expressions.get(i);
      if (expression != null) {
        expression(expression);
      }
    }
  }

  private void expression(Ast.Expr expression) {
    switch (expression) {
      case Ast.Literal literal -> literal(literal.value());
      case Ast.BigIntLiteral big -> out.append('(').append(big.digits()).append("n)");
      case Ast.Regex regex ->
          out.append("(/").append(regex.pattern()).append('/').append(regex.flags()).append(')');
      case Ast.Template template -> template(template);
      case Ast.TaggedTemplate tagged -> {
        out.append('(');
        expression(tagged.tag());
        out.append(')');
        template(tagged.template());
      }
      case Ast.Name name -> name(name.name());
      case Ast.This t -> out.append(functionsWithThis == 0 ? SCOPE + ".this" : "this");
      case Ast.Super s -> out.append("super");
      case Ast.ArrayLiteral array -> array(array, false);
      case Ast.ObjectLiteral object -> {
        out.append('(');
        object(object, false);
        out.append(')');
      }
      case Ast.Function function -> {
        out.append('(');
        function(function, "function");
        out.append(')');
      }
      case Ast.ClassLiteral literal -> {
        out.append('(');
        classLiteral(literal);
        out.append(')');
      }
      case Ast.Unary unary -> unary(unary);
      case Ast.Update update -> {
        out.append('(').append(update.prefix() ? update.op() : "");
        target(update.target());
        out.append(update.prefix() ? "" : update.op()).append(')');
      }
      case Ast.Binary binary -> infix(binary.left(), binary.op(), binary.right());
      case Ast.Logical logical -> infix(logical.left(), logical.op(), logical.right());
      case Ast.Assign assign -> {
        out.append('(');
        target(assign.target());
        out.append(assign.op());
        expression(assign.value());
        out.append(')');
      }
      case Ast.Conditional conditional -> {
        out.append('(');
        expression(conditional.test());
        out.append('?');
        expression(conditional.then());
        out.append(':');
        expression(conditional.otherwise());
        out.append(')');
      }
      case Ast.Call call -> out.append(link(call, text -> text));
      case Ast.New created -> {
        out.append("(new (");
        expression(created.callee());
        out.append(")(");
        list(created.arguments());
        out.append("))");
      }
      case Ast.Member member -> out.append(link(member, text -> text));
      case Ast.Index index -> out.append(link(index, text -> text));
      case Ast.Chain chain -> out.append(link(chain.expression(), text -> text));
      case Ast.Sequence sequence -> {
        out.append('(');
        list(sequence.expressions());
        out.append(')');
      }
      case Ast.Spread spread -> {
        out.append("...");
        expression(spread.argument());
      }
      case Ast.Yield yield -> {
        out.append("(yield").append(yield.delegate() ? "* " : " ");
        if (yield.argument() != null) {
          expression(yield.argument());
        }
        out.append(')');
      }
      case Ast.NewTarget t -> out.append("new.target");
      case Ast.Default d -> throw new JsSyntaxException("unexpected '='");
    }
  }

  private void infix(Ast.Expr left, String op, Ast.Expr right) {
    out.append('(');
    if (left instanceof Ast.Name name && name.name().startsWith("#")) {
      out.append(name.name());
    } else {
      expression(left);
    }
    out.append(' ').append(op).append(' ');
    expression(right);
    out.append(')');
  }

  private void unary(Ast.Unary unary) {
    out.append('(').append(unary.op()).append(' ');
    if (unary.op().equals("delete")) {
      Ast.Expr operand = unary.operand();
      if (!(operand instanceof Ast.Member || operand instanceof Ast.Index)) {
        throw new JsSyntaxException("only a property can be deleted");
      }
    }
    expression(unary.operand());
    out.append(')');
  }

  private void literal(@Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case String s -> string(s);
      case Double d -> {
        out.append('(');
        out.append(Double.isInfinite(d) ? "1/0" : Coercion.numberText(d));
        out.append(')');
      }
      default -> out.append(value);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c >= 0x7f) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private void template(Ast.Template template) {
    out.append('`');
    for (int i = 0; i < template.raws().size(); i++) {
      out.append(template.raws().get(i));
      if (i < template.parts().size()) {
        out.append("${");
        expression(template.parts().get(i));
        out.append('}');
      }
    }
    out.append('`');
  }

  private void name(String name) {
    Sandbox.checkVariable(name);
    if (declared(name)) {
      out.append(name);
    } else if (name.equals("undefined")) {
      out.append("(void 0)");
    } else if (name.equals("$")) {
      throw Sandbox.refusal(name);
    } else {
      out.append(SCOPE).append('.').append(name);
    }
  }

  private void array(Ast.ArrayLiteral array, boolean pattern) {
    out.append('[');
    for (Ast.Expr element : array.elements()) {
      if (element != null) {
        if (pattern) {
          target(element);
        } else {
          expression(element);
        }
      }
      out.append(',');
    }
    if (!array.elements().isEmpty() && array.elements().getLast() instanceof Ast.Spread) {
      out.setLength(out.length() - 1);
    }
    out.append(']');
  }

  private void object(Ast.ObjectLiteral object, boolean pattern) {
    out.append('{');
    for (int i = 0; i < object.properties().size(); i++) {
      out.append(i > 0 ? "," : "");
      property(object.properties().get(i), pattern);
    }
    out.append('}');
  }

  private void property(Ast.Property property, boolean pattern) {
    if (property.kind().equals("spread")) {
      out.append("...");
      value(property, pattern);
      return;
    }
    Ast.Expr key = property.key();
    if (property.value() instanceof Ast.Function method
        && !property.kind().equals("init")
        && !property.kind().equals("field")) {
      out.append(property.isStatic() ? "static " : "");
      if (property.kind().equals("static")) {
        block(method);
        return;
      }
      out.append(property.kind().equals("method") ? "" : property.kind() + " ");
      out.append(method.async() ? "async " : "").append(method.generator() ? "*" : "");
      key(key, property.computed(), pattern);
      function(method, "");
      return;
    }
    if (property.kind().equals("field")) {
      out.append(property.isStatic() ? "static " : "");
      key(key, property.computed(), pattern);
      if (property.value() != null) {
        out.append('=');
        functionsWithThis++;
        expression(property.value());
        functionsWithThis--;
      }
      out.append(';');
      return;
    }
    key(key, property.computed(), pattern);
    out.append(':');
    value(property, pattern);
  }

  private void value(Ast.Property property, boolean pattern) {
    Ast.Expr value = property.value();
    if (value == null) {
      throw new JsSyntaxException("a value is expected");
    }
    if (pattern) {
      target(value);
    } else {
      expression(value);
    }
  }

  private void key(Ast.@Nullable Expr key, boolean computed, boolean pattern) {
    if (computed) {
      if (pattern) {
        throw new Sandbox.ForbiddenException(
            "Computed property names in destructuring are not allowed due to security concerns");
      }
      out.append('[').append(KEY).append('(');
      if (key != null) {
        expression(key);
      }
      out.append(")]");
    } else if (key instanceof Ast.Literal literal && literal.value() instanceof String name) {
      if (pattern || name.equals("__proto__")) {
        Sandbox.checkMember(name);
      }
      string(name);
    } else if (key instanceof Ast.Name privateName) {
      out.append(privateName.name());
    }
  }

  /** An assignment target or binding. */
  private void target(Ast.Expr target) {
    switch (target) {
      case Ast.ArrayLiteral array -> array(array, true);
      case Ast.ObjectLiteral object -> object(object, true);
      case Ast.Default d -> {
        target(d.target());
        out.append('=');
        expression(d.value());
      }
      case Ast.Spread spread -> {
        out.append("...");
        target(spread.argument());
      }
      default -> expression(target);
    }
  }

  private String capture(Runnable printing) {
    StringBuilder outer = out;
    out = new StringBuilder();
    printing.run();
    String captured = out.toString();
    out = outer;
    return captured;
  }

  /**
   * The text of a member chain. What follows a link is made by {@code rest} from the link's text,
   * so that the conditional that an optional link opens reaches to the end of the chain.
   */
  private String link(Ast.Expr expression, UnaryOperator<String> rest) {
    return switch (expression) {
      case Ast.Member member ->
          access(member.object(), member.optional(), memberAccess(member), rest);
      case Ast.Index index -> access(index.object(), index.optional(), index(index.index()), rest);
      case Ast.Call call -> call(call, rest);
      case Ast.Super s -> rest.apply("super");
      default -> rest.apply("(" + capture(() -> expression(expression)) + ")");
    };
  }

  private String access(
      Ast.Expr object, boolean optional, String access, UnaryOperator<String> rest) {
    return link(
        object,
        text -> {
          if (!optional) {
            return rest.apply(text + access);
          }
          String held = temporary();
          return "((" + held + "=" + text + ")==null?void 0:" + rest.apply(held + access) + ")";
        });
  }

  private String temporary() {
    return MARK + Integer.toString(++temporaries);
  }

  private String memberAccess(Ast.Member member) {
    Sandbox.checkMember(member.name());
    if (member.name().equals("$")) {
      throw Sandbox.refusal("$");
    }
    // The engine's own hook into stack traces; it would be a way to live objects.
    return "." + (member.name().equals("captureStackTrace") ? MARK + "none" : member.name());
  }

  private String index(Ast.Expr index) {
    if (index instanceof Ast.Literal literal && literal.value() instanceof String name) {
      Sandbox.checkMember(name);
      return "[" + capture(() -> string(name)) + "]";
    }
    String key = capture(() -> expression(index));
    return index instanceof Ast.Literal ? "[" + key + "]" : "[" + KEY + "(" + key + ")]";
  }

  private String call(Ast.Call call, UnaryOperator<String> rest) {
    String arguments = capture(() -> list(call.arguments()));
    if (call.callee() instanceof Ast.Name name && name.name().equals("$") && !declared("$")) {
      return rest.apply(SCOPE + ".$(" + arguments + ")");
    }
    if (call.callee() instanceof Ast.Name name
        && name.name().equals("$if")
        && !declared("$if")
        && call.arguments().size() >= 2
        && call.arguments().stream().noneMatch(Ast.Spread.class::isInstance)) {
      // Only the branch that is taken is evaluated: the other may refer to a node without data.
      Ast.Expr otherwise =
          call.arguments().size() > 2 ? call.arguments().get(2) : new Ast.Literal(false);
      return rest.apply(
          capture(() ->
              expression(
                  new Ast.Conditional(
                      call.arguments().get(0), call.arguments().get(1), otherwise))));
    }
    if (call.callee() instanceof Ast.Member member
        && !(member.object() instanceof Ast.Super)
        && extensions.contains(member.name())) {
      String dispatcher = call.optional() ? EXTEND_OPTIONAL : EXTEND;
      return access(
          member.object(),
          member.optional(),
          "",
          object ->
              rest.apply(
                  dispatcher + "(" + object + ",\"" + member.name() + "\",[" + arguments + "])"));
    }
    if (!call.optional()) {
      return link(call.callee(), callee -> rest.apply(callee + "(" + arguments + ")"));
    }
    return switch (call.callee()) {
      case Ast.Member member ->
          optionalCall(member.object(), member.optional(), memberAccess(member), arguments, rest);
      case Ast.Index index ->
          optionalCall(index.object(), index.optional(), index(index.index()), arguments, rest);
      default ->
          link(
              call.callee(),
              callee -> {
                String function = temporary();
                return "(("
                    + function
                    + "="
                    + callee
                    + ")==null?void 0:"
                    + rest.apply(CALL + "(" + function + ",void 0,[" + arguments + "])")
                    + ")";
              });
    };
  }

  private String optionalCall(
      Ast.Expr object,
      boolean optional,
      String access,
      String arguments,
      UnaryOperator<String> rest) {
    return link(
        object,
        text -> {
          String function = temporary();
          String self = temporary();
          String invoked = rest.apply(CALL + "(" + function + "," + self + ",[" + arguments + "])");
          return optional
              ? "(("
                  + self
                  + "="
                  + text
                  + ")==null?void 0:(("
                  + function
                  + "="
                  + self
                  + access
                  + ")==null?void 0:"
                  + invoked
                  + "))"
              : "(("
                  + function
                  + "=("
                  + self
                  + "="
                  + text
                  + ")"
                  + access
                  + ")==null?void 0:"
                  + invoked
                  + ")";
        });
  }

  private void classLiteral(Ast.ClassLiteral literal) {
    if (literal.superclass() != null) {
      if (!(literal.superclass() instanceof Ast.Name base)
          || base.name().equals("Function")
          || base.name().equals("Buffer")) {
        throw new Sandbox.ForbiddenException(
            "A class may only extend a named class due to security concerns");
      }
    }
    Set<String> names = new HashSet<>();
    if (literal.name() != null) {
      names.add(literal.name());
    }
    scopes.push(names);
    out.append("class ").append(literal.name() == null ? "" : literal.name());
    if (literal.superclass() != null) {
      out.append(" extends ");
      expression(literal.superclass());
    }
    out.append('{');
    literal.members().forEach(member -> property(member, false));
    out.append('}');
    scopes.pop();
  }

  private void block(Ast.Function staticBlock) {
    scopes.push(Names.declaredIn(staticBlock));
    functionsWithThis++;
    out.append('{');
    staticBlock.body().forEach(this::statement);
    out.append('}');
    functionsWithThis--;
    scopes.pop();
  }

  private void function(Ast.Function function, String keyword) {
    functionsWithThis += function.arrow() ? 0 : 1;
    Set<String> names = Names.declaredIn(function);
    names.forEach(Sandbox::checkVariable);
    scopes.push(names);
    if (function.arrow()) {
      out.append(function.async() ? "async " : "");
    } else if (!keyword.isEmpty()) {
      out.append(function.async() ? "async " : "").append(keyword);
      out.append(function.generator() ? "* " : " ");
      out.append(function.name() == null ? "" : function.name());
    }
    out.append('(');
    for (int i = 0; i < function.params().size(); i++) {
      out.append(i > 0 ? "," : "");
      target(function.params().get(i));
    }
    out.append(function.arrow() ? ")=>{" : "){");
    int outer = temporaries;
    temporaries = 0;
    int start = out.length();
    function.body().forEach(this::statement);
    out.insert(start, temporaryVariables(temporaries)).append('}');
    temporaries = outer;
    scopes.pop();
    functionsWithThis -= function.arrow() ? 0 : 1;
  }

  private void statement(Ast.Statement statement) {
    switch (statement) {
      case Ast.ExpressionStatement s -> {
        out.append('(');
        expression(s.expression());
        out.append(");");
      }
      case Ast.Declaration d -> {
        declaration(d);
        out.append(';');
      }
      case Ast.FunctionDeclaration f -> function(f.function(), "function");
      case Ast.ClassDeclaration c -> classLiteral(c.literal());
      case Ast.Return r -> keyword("return", r.argument());
      case Ast.Throw t -> keyword("throw", t.argument());
      case Ast.If s -> {
        parenthesized("if", s.test());
        body(s.then());
        if (s.otherwise() != null) {
          out.append("else");
          body(s.otherwise());
        }
      }
      case Ast.For s -> {
        out.append("for(");
        if (s.init() != null) {
          statement(s.init());
        } else {
          out.append(';');
        }
        optional(s.test());
        out.append(';');
        optional(s.update());
        out.append(')');
        body(s.body());
      }
      case Ast.ForEach s -> {
        out.append(s.await() ? "for await(" : "for(");
        switch (s.target()) {
          case Ast.Declaration d -> declaration(d);
          case Ast.Expr e -> target(e);
          default -> throw new JsSyntaxException("this cannot be assigned to");
        }
        out.append(' ').append(s.op()).append(' ');
        expression(s.iterated());
        out.append(')');
        body(s.body());
      }
      case Ast.While s -> {
        parenthesized("while", s.test());
        body(s.body());
      }
      case Ast.DoWhile s -> {
        out.append("do");
        body(s.body());
        parenthesized("while", s.test());
        out.append(';');
      }
      case Ast.Block b -> body(b);
      case Ast.Switch s -> {
        parenthesized("switch", s.value());
        out.append('{');
        for (Ast.SwitchCase c : s.cases()) {
          if (c.test() == null) {
            out.append("default:");
          } else {
            out.append("case ");
            expression(c.test());
            out.append(':');
          }
          c.body().forEach(this::statement);
        }
        out.append('}');
      }
      case Ast.Try t -> {
        out.append("try");
        body(t.block());
        if (t.handler() != null) {
          out.append("catch");
          if (t.parameter() != null) {
            out.append('(');
            target(t.parameter());
            out.append(')');
          }
          body(t.handler());
        }
        if (t.finalizer() != null) {
          out.append("finally");
          body(t.finalizer());
        }
      }
      case Ast.Jump j ->
          out.append(j.op()).append(' ').append(j.label() == null ? "" : j.label()).append(';');
      case Ast.Labeled l -> {
        out.append(l.label()).append(':');
        statement(l.body());
      }
      case Ast.Empty e -> out.append(';');
    }
  }

  private void keyword(String keyword, Ast.@Nullable Expr argument) {
    out.append(keyword).append(' ');
    optional(argument);
    out.append(';');
  }

  private void optional(Ast.@Nullable Expr expression) {
    if (expression != null) {
      expression(expression);
    }
  }

  private void parenthesized(String keyword, Ast.Expr test) {
    out.append(keyword).append('(');
    expression(test);
    out.append(')');
  }

  private void body(Ast.Statement statement) {
    out.append('{');
    if (statement instanceof Ast.Block block) {
      block.statements().forEach(this::statement);
    } else {
      statement(statement);
    }
    out.append('}');
  }

  private void declaration(Ast.Declaration declaration) {
    out.append(declaration.kind()).append(' ');
    for (int i = 0; i < declaration.declarators().size(); i++) {
      Ast.Declarator declarator = declaration.declarators().get(i);
      out.append(i > 0 ? "," : "");
      target(declarator.target());
      if (declarator.init() != null) {
        out.append('=');
        expression(declarator.init());
      }
    }
  }
}
