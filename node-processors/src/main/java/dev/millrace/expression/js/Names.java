package dev.millrace.expression.js;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that a function declares. A name that only a block of it declares counts for the whole
 * function, which is coarser than JavaScript's scopes and errs towards the user's own variable.
 */
final class Names {
  private final Set<String> names = new HashSet<>();

  private Names() {}

  static Set<String> declaredIn(Ast.Function function) {
    Names names = new Names();
    if (function.name() != null) {
      names.names.add(function.name());
    }
    function.params().forEach(names::target);
    names.statements(function.body());
    return names.names;
  }

  private void statements(List<Ast.Statement> statements) {
    statements.forEach(this::statement);
  }

  private void statement(Ast.@Nullable Statement statement) {
    switch (statement) {
      case null -> {}
      case Ast.Declaration d -> d.declarators().forEach(each -> target(each.target()));
      case Ast.FunctionDeclaration f -> add(f.function().name());
      case Ast.ClassDeclaration c -> add(c.literal().name());
      case Ast.If s -> {
        statement(s.then());
        statement(s.otherwise());
      }
      case Ast.For s -> {
        statement(s.init());
        statement(s.body());
      }
      case Ast.ForEach s -> {
        if (s.target() instanceof Ast.Declaration d) {
          statement(d);
        }
        statement(s.body());
      }
      case Ast.While s -> statement(s.body());
      case Ast.DoWhile s -> statement(s.body());
      case Ast.Block b -> statements(b.statements());
      case Ast.Switch s -> s.cases().forEach(c -> statements(c.body()));
      case Ast.Try t -> {
        statement(t.block());
        if (t.parameter() != null) {
          target(t.parameter());
        }
        statement(t.handler());
        statement(t.finalizer());
      }
      case Ast.Labeled l -> statement(l.body());
      case Ast.ExpressionStatement s -> {}
      case Ast.Return r -> {}
      case Ast.Throw t -> {}
      case Ast.Jump j -> {}
      case Ast.Empty e -> {}
    }
  }

  private void target(Ast.Expr target) {
    switch (target) {
      case Ast.Name name -> names.add(name.name());
      case Ast.Default d -> target(d.target());
      case Ast.Spread s -> target(s.argument());
      case Ast.ArrayLiteral array -> {
        for (Ast.Expr element : array.elements()) {
          if (element != null) {
            target(element);
          }
        }
      }
      case Ast.ObjectLiteral object ->
          object
              .properties()
              .forEach(property -> {
                if (property.value() != null) {
                  target(property.value());
                }
              });
      default -> {}
    }
  }

  private void add(@Nullable String name) {
    if (name != null) {
      names.add(name);
    }
  }
}
