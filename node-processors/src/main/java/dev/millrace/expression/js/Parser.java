package dev.millrace.expression.js;

import dev.millrace.expression.js.Lexer.Kind;
import dev.millrace.expression.js.Lexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses one JavaScript expression (ECMAScript 2024) by recursive descent. Function bodies within
 * it are left to {@link StatementParser}. Early errors that need knowledge of scopes, such as a
 * name declared twice, are left to the JavaScript engine, which parses the printed text again.
 */
public final class Parser {
  private static final int MAX_DEPTH = 400;
  private static final Map<String, Integer> PRECEDENCE =
      Map.ofEntries(
          Map.entry("??", 1),
          Map.entry("||", 2),
          Map.entry("&&", 3),
          Map.entry("|", 4),
          Map.entry("^", 5),
          Map.entry("&", 6),
          Map.entry("==", 7),
          Map.entry("!=", 7),
          Map.entry("===", 7),
          Map.entry("!==", 7),
          Map.entry("<", 8),
          Map.entry(">", 8),
          Map.entry("<=", 8),
          Map.entry(">=", 8),
          Map.entry("instanceof", 8),
          Map.entry("in", 8),
          Map.entry("<<", 9),
          Map.entry(">>", 9),
          Map.entry(">>>", 9),
          Map.entry("+", 10),
          Map.entry("-", 10),
          Map.entry("*", 11),
          Map.entry("/", 11),
          Map.entry("%", 11),
          Map.entry("**", 12));
  private static final Set<String> ASSIGNMENTS =
      Set.of(
          "=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=",
          "||=", "??=");
  private static final Set<String> RESERVED =
      Set.of(
          "break",
          "case",
          "catch",
          "class",
          "const",
          "continue",
          "debugger",
          "default",
          "delete",
          "do",
          "else",
          "export",
          "extends",
          "false",
          "finally",
          "for",
          "function",
          "if",
          "import",
          "in",
          "instanceof",
          "new",
          "null",
          "return",
          "super",
          "switch",
          "this",
          "throw",
          "true",
          "try",
          "typeof",
          "var",
          "void",
          "while",
          "with",
          "enum",
          "let",
          "static",
          "yield");

  private final Lexer lexer;
  private final StatementParser statements = new StatementParser(this);
  private Token token;
  private int depth;
  private boolean noIn;

  private Parser(String source) {
    lexer = new Lexer(source);
    token = lexer.next();
  }

  /**
   * Parses an expression that makes up the whole text, but for one trailing semicolon.
   *
   * @throws JsSyntaxException when the text is no expression
   */
  public static Ast.Expr parse(String source) {
    Parser parser = new Parser(source);
    Ast.Expr expression = parser.expression();
    if (parser.at(";")) {
      parser.advance();
    }
    if (parser.token.kind() != Kind.END) {
      throw parser.unexpected();
    }
    return expression;
  }

  // What StatementParser needs.

  Token token() {
    return token;
  }

  boolean at(String text) {
    return token.is(text);
  }

  void advance() {
    token = lexer.next();
  }

  boolean accept(String text) {
    if (at(text)) {
      advance();
      return true;
    }
    return false;
  }

  void expect(String text) {
    if (!accept(text)) {
      throw lexer.error("'" + text + "' is expected", token.start());
    }
  }

  JsSyntaxException unexpected() {
    return token.kind() == Kind.END
        ? new JsSyntaxException("the expression ends too early")
        : lexer.error("unexpected '" + token.text() + "'", token.start());
  }

  JsSyntaxException error(String message) {
    return lexer.error(message, token.start());
  }

  int mark() {
    return token.start();
  }

  void reset(int mark) {
    lexer.moveTo(mark);
    token = lexer.next();
  }

  /** The token after the current one. */
  Token peek() {
    int position = lexer.position();
    Token next = lexer.next();
    lexer.moveTo(position);
    return next;
  }

  String bindingName() {
    if (token.kind() != Kind.NAME || RESERVED.contains(token.text())) {
      throw unexpected();
    }
    String name = token.text();
    advance();
    return name;
  }

  /** A name or pattern in a declaration or parameter list. */
  Ast.Expr bindingTarget() {
    if (at("[") || at("{")) {
      return pattern(primary());
    }
    return new Ast.Name(bindingName());
  }

  Ast.Expr expressionWithoutIn() {
    boolean outer = noIn;
    noIn = true;
    try {
      return expression();
    } finally {
      noIn = outer;
    }
  }

  Ast.Expr assignmentWithoutIn() {
    boolean outer = noIn;
    noIn = true;
    try {
      return assignment();
    } finally {
      noIn = outer;
    }
  }

  Ast.Expr expression() {
    Ast.Expr first = assignment();
    if (!at(",")) {
      return first;
    }
    List<Ast.Expr> all = new ArrayList<>(List.of(first));
    while (accept(",")) {
      all.add(assignment());
    }
    return new Ast.Sequence(all);
  }

  Ast.Expr assignment() {
    if (++depth > MAX_DEPTH) {
      throw new JsSyntaxException("the expression is nested too deeply");
    }
    try {
      Ast.Expr arrow = arrow();
      if (arrow != null) {
        return arrow;
      }
      if (at("yield")) {
        return yielded();
      }
      Ast.Expr left = conditional();
      if (token.kind() == Kind.PUNCTUATOR && ASSIGNMENTS.contains(token.text())) {
        String op = token.text();
        Ast.Expr target = op.equals("=") ? pattern(left) : simpleTarget(left);
        advance();
        return new Ast.Assign(op, target, assignment());
      }
      return left;
    } finally {
      depth--;
    }
  }

  /** Turns what was read as an expression into an assignment target. */
  Ast.Expr pattern(Ast.Expr expression) {
    return switch (expression) {
      case Ast.ArrayLiteral array -> {
        List<Ast.@Nullable Expr> elements = new ArrayList<>();
        for (Ast.Expr element : array.elements()) {
          elements.add(element == null ? null : pattern(element));
        }
        yield new Ast.ArrayLiteral(elements);
      }
      case Ast.ObjectLiteral object ->
          new Ast.ObjectLiteral(
              object.properties().stream()
                  .map(p -> {
                    if (p.value() == null
                        || (!p.kind().equals("init") && !p.kind().equals("spread"))) {
                      throw error("this cannot be assigned to");
                    }
                    return new Ast.Property(
                        p.kind(), p.key(), p.computed(), false, p.shorthand(), pattern(p.value()));
                  })
                  .toList());
      case Ast.Spread spread -> new Ast.Spread(pattern(spread.argument()));
      case Ast.Assign assign when assign.op().equals("=") ->
          new Ast.Default(assign.target(), assign.value());
      case Ast.Default already -> already;
      default -> simpleTarget(expression);
    };
  }

  private Ast.Expr simpleTarget(Ast.Expr expression) {
    if (expression instanceof Ast.Name
        || expression instanceof Ast.Member
        || expression instanceof Ast.Index) {
      return expression;
    }
    throw error("this cannot be assigned to");
  }

  private Ast.@Nullable Expr arrow() {
    int mark = mark();
    boolean async = false;
    if (at("async")) {
      Token next = peek();
      if (next.lineBefore() || !(next.kind() == Kind.NAME || next.is("("))) {
        return null;
      }
      if (next.is("function")) {
        return null;
      }
      advance();
      async = true;
    }
    if (token.kind() == Kind.NAME && !RESERVED.contains(token.text())) {
      if (!peek().is("=>")) {
        reset(mark);
        return null;
      }
      Ast.Expr parameter = new Ast.Name(bindingName());
      return arrowBody(List.of(parameter), async);
    }
    if (!at("(")) {
      reset(mark);
      return null;
    }
    List<Ast.Expr> parameters;
    try {
      if (!arrowFollows()) {
        reset(mark);
        return null;
      }
      parameters = parameters();
      if (!at("=>") || token.lineBefore()) {
        reset(mark);
        return null;
      }
    } catch (JsSyntaxException noParameterList) {
      reset(mark);
      return null;
    }
    return arrowBody(parameters, async);
  }

  /** Whether what begins at this parenthesis can be a parameter list: a cheap look at one token. */
  private boolean arrowFollows() {
    Token next = peek();
    return next.kind() == Kind.NAME
        || next.is(")")
        || next.is("{")
        || next.is("[")
        || next.is("...");
  }

  private Ast.Function arrowBody(List<Ast.Expr> parameters, boolean async) {
    expect("=>");
    if (at("{")) {
      return new Ast.Function(null, parameters, statements.functionBody(), true, async, false);
    }
    Ast.Expr value = assignment();
    return new Ast.Function(null, parameters, List.of(new Ast.Return(value)), true, async, false);
  }

  List<Ast.Expr> parameters() {
    expect("(");
    boolean outer = noIn;
    noIn = false;
    List<Ast.Expr> parameters = new ArrayList<>();
    while (!at(")")) {
      if (accept("...")) {
        parameters.add(new Ast.Spread(bindingTarget()));
        break;
      }
      Ast.Expr target = bindingTarget();
      parameters.add(accept("=") ? new Ast.Default(target, assignment()) : target);
      if (!at(")")) {
        expect(",");
      }
    }
    noIn = outer;
    expect(")");
    return parameters;
  }

  private Ast.Expr yielded() {
    advance();
    if (token.lineBefore()
        || token.kind() == Kind.END
        || at(")")
        || at("]")
        || at("}")
        || at(",")
        || at(";")
        || at(":")) {
      return new Ast.Yield(null, false);
    }
    boolean delegate = accept("*");
    return new Ast.Yield(assignment(), delegate);
  }

  private Ast.Expr conditional() {
    Ast.Expr test = binary(1);
    if (!accept("?")) {
      return test;
    }
    boolean outer = noIn;
    noIn = false;
    Ast.Expr then = assignment();
    noIn = outer;
    expect(":");
    return new Ast.Conditional(test, then, assignment());
  }

  private Ast.Expr binary(int least) {
    int start = mark();
    Ast.Expr left = unary();
    while (true) {
      Integer precedence =
          token.kind() == Kind.PUNCTUATOR || at("in") || at("instanceof")
              ? PRECEDENCE.get(token.text())
              : null;
      if (precedence == null || precedence < least || (noIn && at("in"))) {
        return left;
      }
      String op = token.text();
      if (op.equals("**") && left instanceof Ast.Unary && !parenthesized(start)) {
        throw error("put the operand of ** in parentheses");
      }
      advance();
      int rightStart = mark();
      Ast.Expr right = binary(op.equals("**") ? precedence : precedence + 1);
      boolean mixed =
          op.equals("??")
              ? mixes(left, start) || mixes(right, rightStart)
              : (op.equals("||") || op.equals("&&"))
                  && (coalesces(left, start) || coalesces(right, rightStart));
      if (mixed) {
        throw error("put ?? and || or && in parentheses when mixing them");
      }
      left =
          op.equals("&&") || op.equals("||") || op.equals("??")
              ? new Ast.Logical(op, left, right)
              : new Ast.Binary(op, left, right);
    }
  }

  private boolean mixes(Ast.Expr operand, int start) {
    return operand instanceof Ast.Logical l && !l.op().equals("??") && !parenthesized(start);
  }

  private boolean coalesces(Ast.Expr operand, int start) {
    return operand instanceof Ast.Logical l && l.op().equals("??") && !parenthesized(start);
  }

  private boolean parenthesized(int start) {
    return lexer.startsWith("(", start);
  }

  private Ast.Expr unary() {
    if (++depth > MAX_DEPTH) {
      throw new JsSyntaxException("the expression is nested too deeply");
    }
    try {
      if (token.kind() == Kind.PUNCTUATOR) {
        switch (token.text()) {
          case "+", "-", "!", "~" -> {
            String op = token.text();
            advance();
            return new Ast.Unary(op, unary());
          }
          case "++", "--" -> {
            String op = token.text();
            advance();
            return new Ast.Update(op, true, simpleTarget(unary()));
          }
          default -> {}
        }
      } else if (at("typeof") || at("void") || at("delete")) {
        String op = token.text();
        advance();
        return new Ast.Unary(op, unary());
      } else if (at("await") && !peek().is("=>")) {
        advance();
        return new Ast.Unary("await", unary());
      }
      Ast.Expr operand = leftHandSide();
      if ((at("++") || at("--")) && !token.lineBefore()) {
        String op = token.text();
        advance();
        return new Ast.Update(op, false, simpleTarget(operand));
      }
      return operand;
    } finally {
      depth--;
    }
  }

  private Ast.Expr leftHandSide() {
    boolean chained = false;
    Ast.Expr expression = at("new") ? newExpression() : primary();
    while (true) {
      if (accept(".")) {
        expression = new Ast.Member(expression, memberName(), false);
      } else if (at("?.")) {
        advance();
        chained = true;
        if (at("(")) {
          expression = new Ast.Call(expression, arguments(), true);
        } else if (accept("[")) {
          expression = new Ast.Index(expression, inBrackets(), true);
        } else {
          expression = new Ast.Member(expression, memberName(), true);
        }
      } else if (accept("[")) {
        expression = new Ast.Index(expression, inBrackets(), false);
      } else if (at("(")) {
        expression = new Ast.Call(expression, arguments(), false);
      } else if (token.kind() == Kind.TEMPLATE) {
        if (chained) {
          throw error("a template may not follow ?.");
        }
        expression = new Ast.TaggedTemplate(expression, template());
      } else {
        return chained ? new Ast.Chain(expression) : expression;
      }
    }
  }

  private String memberName() {
    if (token.kind() == Kind.PRIVATE_NAME) {
      String name = "#" + token.text();
      advance();
      return name;
    }
    if (token.kind() != Kind.NAME) {
      throw unexpected();
    }
    String name = token.text();
    advance();
    return name;
  }

  private Ast.Expr inBrackets() {
    boolean outer = noIn;
    noIn = false;
    Ast.Expr index = expression();
    noIn = outer;
    expect("]");
    return index;
  }

  private Ast.Expr newExpression() {
    expect("new");
    if (accept(".")) {
      if (!memberName().equals("target")) {
        throw unexpected();
      }
      return new Ast.NewTarget();
    }
    Ast.Expr callee = at("new") ? newExpression() : primary();
    while (true) {
      if (accept(".")) {
        callee = new Ast.Member(callee, memberName(), false);
      } else if (accept("[")) {
        callee = new Ast.Index(callee, inBrackets(), false);
      } else {
        break;
      }
    }
    if (at("?.")) {
      throw unexpected();
    }
    return new Ast.New(callee, at("(") ? arguments() : List.of());
  }

  private List<Ast.Expr> arguments() {
    expect("(");
    boolean outer = noIn;
    noIn = false;
    List<Ast.Expr> arguments = new ArrayList<>();
    while (!at(")")) {
      arguments.add(accept("...") ? new Ast.Spread(assignment()) : assignment());
      if (!at(")")) {
        expect(",");
      }
    }
    noIn = outer;
    expect(")");
    return arguments;
  }

  Ast.Expr primary() {
    return switch (token.kind()) {
      case NUMBER -> {
        double number = token.number();
        advance();
        yield new Ast.Literal(number);
      }
      case STRING -> {
        String text = token.text();
        advance();
        yield new Ast.Literal(text);
      }
      case BIGINT -> {
        String digits = token.text();
        advance();
        yield new Ast.BigIntLiteral(digits);
      }
      case TEMPLATE -> template();
      case PRIVATE_NAME -> {
        // "#x in object"
        String name = "#" + token.text();
        advance();
        if (!at("in")) {
          throw unexpected();
        }
        yield new Ast.Name(name);
      }
      case NAME -> named();
      case PUNCTUATOR -> punctuated();
      case END -> throw unexpected();
    };
  }

  private Ast.Expr named() {
    if (token.escaped() && RESERVED.contains(token.text())) {
      throw unexpected();
    }
    return switch (token.text()) {
      case "null" -> {
        advance();
        yield new Ast.Literal(null);
      }
      case "true" -> {
        advance();
        yield new Ast.Literal(true);
      }
      case "false" -> {
        advance();
        yield new Ast.Literal(false);
      }
      case "this" -> {
        advance();
        yield new Ast.This();
      }
      case "super" -> {
        advance();
        yield new Ast.Super();
      }
      case "function" -> statements.function(false);
      case "class" -> statements.classLiteral();
      case "async" -> {
        Token next = peek();
        if (next.is("function") && !next.lineBefore()) {
          advance();
          yield statements.function(true);
        }
        yield new Ast.Name(bindingName());
      }
      default -> new Ast.Name(bindingName());
    };
  }

  private Ast.Expr punctuated() {
    return switch (token.text()) {
      case "(" -> {
        advance();
        boolean outer = noIn;
        noIn = false;
        Ast.Expr inner = expression();
        noIn = outer;
        expect(")");
        // "(a?.b).c" does not cut .c short, which the Chain node keeps apart.
        yield inner;
      }
      case "[" -> arrayLiteral();
      case "{" -> objectLiteral();
      case "/", "/=" -> {
        Ast.Regex regex = lexer.regex(token.start());
        advance();
        yield regex;
      }
      default -> throw unexpected();
    };
  }

  private Ast.Expr arrayLiteral() {
    expect("[");
    boolean outer = noIn;
    noIn = false;
    List<Ast.@Nullable Expr> elements = new ArrayList<>();
    while (!at("]")) {
      if (accept(",")) {
        elements.add(null);
        continue;
      }
      elements.add(accept("...") ? new Ast.Spread(assignment()) : assignment());
      if (!at("]")) {
        expect(",");
      }
    }
    noIn = outer;
    advance();
    return new Ast.ArrayLiteral(elements);
  }

  private Ast.Expr objectLiteral() {
    expect("{");
    boolean outer = noIn;
    noIn = false;
    List<Ast.Property> properties = new ArrayList<>();
    while (!at("}")) {
      properties.add(
          accept("...")
              ? new Ast.Property("spread", null, false, false, false, assignment())
              : statements.property(false));
      if (!at("}")) {
        expect(",");
      }
    }
    noIn = outer;
    advance();
    return new Ast.ObjectLiteral(properties);
  }

  private Ast.Template template() {
    List<String> cooked = new ArrayList<>();
    List<String> raws = new ArrayList<>();
    List<Ast.Expr> parts = new ArrayList<>();
    Lexer.TemplateText text = lexer.templateText(token.end());
    while (true) {
      cooked.add(text.cooked());
      raws.add(text.raw());
      if (text.last()) {
        break;
      }
      advance();
      boolean outer = noIn;
      noIn = false;
      parts.add(expression());
      noIn = outer;
      if (!at("}")) {
        throw unexpected();
      }
      text = lexer.templateText(token.end());
    }
    advance();
    return new Ast.Template(cooked, raws, parts);
  }

  /** Whether a statement may end here although no semicolon is written. */
  boolean statementEnds() {
    return token.lineBefore() || token.kind() == Kind.END || at("}");
  }
}
