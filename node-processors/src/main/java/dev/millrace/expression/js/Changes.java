package dev.millrace.expression.js;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks for anything in an expression that could change an object. Errs towards yes. */
final class Changes {
  private Changes() {}

  static boolean possible(Ast.@Nullable Expr expression, Set<String> mutators) {
    return switch (expression) {
      case null -> false;
      case Ast.Literal l -> false;
      case Ast.BigIntLiteral b -> false;
      case Ast.Regex r -> false;
      case Ast.Name n -> false;
      case Ast.This t -> false;
      case Ast.Member m -> mutators.contains(m.name()) || possible(m.object(), mutators);
      case Ast.Index i ->
          named(i.index(), mutators)
              || possible(i.object(), mutators)
              || possible(i.index(), mutators);
      case Ast.Call c ->
          // A method by a computed name can be any.
          c.callee() instanceof Ast.Index
              || callee(c.callee(), mutators)
              || any(c.arguments(), mutators);
      case Ast.New n -> possible(n.callee(), mutators) || any(n.arguments(), mutators);
      case Ast.Chain c -> possible(c.expression(), mutators);
      case Ast.Binary b -> possible(b.left(), mutators) || possible(b.right(), mutators);
      case Ast.Logical l -> possible(l.left(), mutators) || possible(l.right(), mutators);
      case Ast.Conditional c ->
          possible(c.test(), mutators)
              || possible(c.then(), mutators)
              || possible(c.otherwise(), mutators);
      case Ast.Unary u -> u.op().equals("delete") || possible(u.operand(), mutators);
      case Ast.Template t -> any(t.parts(), mutators);
      case Ast.ArrayLiteral a -> any(a.elements(), mutators);
      case Ast.Spread s -> possible(s.argument(), mutators);
      case Ast.Sequence s -> any(s.expressions(), mutators);
      case Ast.ObjectLiteral o -> o.properties().stream().anyMatch(p -> property(p, mutators));
      case Ast.Function f ->
          // An arrow with an expression body is looked into; anything longer counts as a change.
          !f.arrow()
              || !f.params().stream().allMatch(Ast.Name.class::isInstance)
              || !harmless(f.body(), mutators);
      default -> true;
    };
  }

  /** {@code value.reverse()} is an extension that copies, whatever native methods do. */
  private static boolean callee(Ast.Expr callee, Set<String> mutators) {
    if (callee instanceof Ast.Member m && m.name().equals("reverse")) {
      return possible(m.object(), mutators);
    }
    return possible(callee, mutators);
  }

  private static boolean harmless(List<Ast.Statement> body, Set<String> mutators) {
    return body.size() == 1
        && body.getFirst() instanceof Ast.Return returned
        && !possible(returned.argument(), mutators);
  }

  private static boolean property(Ast.Property property, Set<String> mutators) {
    boolean inKey = property.computed() && possible(property.key(), mutators);
    return inKey || possible(property.value(), mutators);
  }

  private static boolean named(Ast.Expr index, Set<String> mutators) {
    return index instanceof Ast.Literal l
        && l.value() instanceof String name
        && mutators.contains(name);
  }

  private static boolean any(List<? extends Ast.@Nullable Expr> all, Set<String> mutators) {
    for (Ast.Expr each : all) {
      if (possible(each, mutators)) {
        return true;
      }
    }
    return false;
  }
}
