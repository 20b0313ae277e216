package dev.millrace.expression.js;

import dev.millrace.error.ErrorCode;
import dev.millrace.expression.ExpressionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One code block of an expression, parsed once. A block that cannot be parsed, or that the sandbox
 * refuses, keeps its error for when it is evaluated. Compared by identity, so it can key a cache.
 */
public final class Block {
  /** Methods that change the array or object that they belong to. */
  private static final Set<String> MUTATORS =
      Set.of(
          "sort",
          "push",
          "pop",
          "shift",
          "unshift",
          "splice",
          "fill",
          "copyWithin",
          "reverse",
          "assign",
          "call",
          "apply",
          "bind",
          "set",
          "setAll");

  private final Ast.@Nullable Expr tree;
  private final @Nullable String printed;
  private final @Nullable ExpressionException problem;
  private final boolean mayChangeItems;

  private Block(
      Ast.@Nullable Expr tree,
      @Nullable String printed,
      @Nullable ExpressionException problem,
      boolean mayChangeItems) {
    this.tree = tree;
    this.printed = printed;
    this.problem = problem;
    this.mayChangeItems = mayChangeItems;
  }

  public static Block parse(String code) {
    try {
      Sandbox.checkText(code);
      // A block without anything in it has no value; one with blanks alone is a syntax error, as in
      // n8n.
      Ast.Expr tree = Parser.parse(code.isEmpty() ? "undefined" : code);
      String printed = Printer.print(tree, Extensions.NAMES);
      return new Block(tree, printed, null, Changes.possible(tree, MUTATORS));
    } catch (JsSyntaxException syntax) {
      return failed(ErrorCode.EXPRESSION_SYNTAX, "invalid syntax: " + syntax.getMessage());
    } catch (Sandbox.ForbiddenException forbidden) {
      return failed(ErrorCode.EXPRESSION_FORBIDDEN, forbidden.getMessage());
    }
  }

  private static Block failed(ErrorCode code, @Nullable String message) {
    return new Block(null, null, new ExpressionException(code, message, ""), false);
  }

  /** Throws the error with which the block was parsed, if there is one. */
  public void check() {
    if (problem != null) {
      throw new ExpressionException(problem.code(), problem.text(), problem.type());
    }
  }

  /** The tree; null when the block has an error. */
  public Ast.@Nullable Expr tree() {
    return tree;
  }

  /** The function that {@link Printer} makes of it; null when the block has an error. */
  public @Nullable String printed() {
    return printed;
  }

  /** Whether it may write into the objects that it sees, so that these must not be used again. */
  public boolean mayChangeItems() {
    return mayChangeItems;
  }
}
