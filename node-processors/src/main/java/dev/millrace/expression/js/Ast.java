package dev.millrace.expression.js;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JavaScript syntax tree, as far as an expression can reach: every expression form, and the
 * statements that a function body holds. Immutable.
 */
public sealed interface Ast {
  /** A form that has a value. */
  sealed interface Expr extends Ast {}

  /** A form inside a function body. */
  sealed interface Statement extends Ast {}

  /** {@code null}, a Boolean, a Double or a String. */
  record Literal(@Nullable Object value) implements Expr {}

  record BigIntLiteral(String digits) implements Expr {}

  record Regex(String pattern, String flags) implements Expr {}

  /** One more cooked text than expressions; {@code raws} are the texts as written. */
  record Template(List<String> cooked, List<String> raws, List<Expr> parts) implements Expr {}

  record TaggedTemplate(Expr tag, Template template) implements Expr {}

  record Name(String name) implements Expr {}

  record This() implements Expr {}

  record Super() implements Expr {}

  /** A null element is a hole. */
  record ArrayLiteral(List<@Nullable Expr> elements) implements Expr {}

  record ObjectLiteral(List<Property> properties) implements Expr {}

  /**
   * One entry of an object literal, class body or pattern.
   *
   * @param kind {@code init}, {@code get}, {@code set}, {@code method}, {@code spread}, {@code
   *     field} or {@code static} (a static block)
   * @param key a {@link Literal} for a fixed key
   */
  record Property(
      String kind,
      @Nullable Expr key,
      boolean computed,
      boolean isStatic,
      boolean shorthand,
      @Nullable Expr value)
      implements Ast {}

  /**
   * A function expression, arrow, method or declaration. An arrow's expression body is a return.
   */
  record Function(
      @Nullable String name,
      List<Expr> params,
      List<Statement> body,
      boolean arrow,
      boolean async,
      boolean generator)
      implements Expr {}

  record ClassLiteral(@Nullable String name, @Nullable Expr superclass, List<Property> members)
      implements Expr {}

  /** {@code op} includes {@code typeof}, {@code void}, {@code delete}, {@code await}. */
  record Unary(String op, Expr operand) implements Expr {}

  record Update(String op, boolean prefix, Expr target) implements Expr {}

  record Binary(String op, Expr left, Expr right) implements Expr {}

  /** {@code &&}, {@code ||} or {@code ??}. */
  record Logical(String op, Expr left, Expr right) implements Expr {}

  /** The target is a Name, Member, Index, or an Array or Object literal that is a pattern. */
  record Assign(String op, Expr target, Expr value) implements Expr {}

  record Conditional(Expr test, Expr then, Expr otherwise) implements Expr {}

  record Call(Expr callee, List<Expr> arguments, boolean optional) implements Expr {}

  record New(Expr callee, List<Expr> arguments) implements Expr {}

  record Member(Expr object, String name, boolean optional) implements Expr {}

  record Index(Expr object, Expr index, boolean optional) implements Expr {}

  /** Where {@code ?.} stops cutting short. */
  record Chain(Expr expression) implements Expr {}

  record Sequence(List<Expr> expressions) implements Expr {}

  record Spread(Expr argument) implements Expr {}

  record Yield(@Nullable Expr argument, boolean delegate) implements Expr {}

  record NewTarget() implements Expr {}

  /** {@code target = value} in a parameter list or pattern. */
  record Default(Expr target, Expr value) implements Expr {}

  record ExpressionStatement(Expr expression) implements Statement {}

  /** {@code kind} is {@code var}, {@code let} or {@code const}. */
  record Declaration(String kind, List<Declarator> declarators) implements Statement {}

  record Declarator(Expr target, @Nullable Expr init) implements Ast {}

  record FunctionDeclaration(Function function) implements Statement {}

  record ClassDeclaration(ClassLiteral literal) implements Statement {}

  record Return(@Nullable Expr argument) implements Statement {}

  record Throw(Expr argument) implements Statement {}

  record If(Expr test, Statement then, @Nullable Statement otherwise) implements Statement {}

  record For(@Nullable Statement init, @Nullable Expr test, @Nullable Expr update, Statement body)
      implements Statement {}

  /**
   * {@code op} is {@code in} or {@code of}; the target is a Declaration or an assignment target.
   */
  record ForEach(String op, boolean await, Ast target, Expr iterated, Statement body)
      implements Statement {}

  record While(Expr test, Statement body) implements Statement {}

  record DoWhile(Statement body, Expr test) implements Statement {}

  record Block(List<Statement> statements) implements Statement {}

  record Switch(Expr value, List<SwitchCase> cases) implements Statement {}

  /** A null test is {@code default}. */
  record SwitchCase(@Nullable Expr test, List<Statement> body) implements Ast {}

  record Try(
      Block block, @Nullable Expr parameter, @Nullable Block handler, @Nullable Block finalizer)
      implements Statement {}

  /** {@code op} is {@code break} or {@code continue}. */
  record Jump(String op, @Nullable String label) implements Statement {}

  record Labeled(String label, Statement body) implements Statement {}

  record Empty() implements Statement {}
}
