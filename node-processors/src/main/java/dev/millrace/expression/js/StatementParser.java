package dev.millrace.expression.js;

import dev.millrace.expression.js.Lexer.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses what stands inside functions and classes: statements, methods, fields. */
final class StatementParser {
  private final Parser parser;

  StatementParser(Parser parser) {
    this.parser = parser;
  }

  List<Ast.Statement> functionBody() {
    parser.expect("{");
    List<Ast.Statement> body = new ArrayList<>();
    while (!parser.at("}")) {
      body.add(statement());
    }
    parser.advance();
    return body;
  }

  /** A function expression; the current token is {@code function}. */
  Ast.Function function(boolean async) {
    parser.expect("function");
    boolean generator = parser.accept("*");
    String name = parser.at("(") ? null : parser.bindingName();
    List<Ast.Expr> parameters = parser.parameters();
    return new Ast.Function(name, parameters, functionBody(), false, async, generator);
  }

  Ast.ClassLiteral classLiteral() {
    parser.expect("class");
    String name = parser.at("{") || parser.at("extends") ? null : parser.bindingName();
    Ast.Expr superclass = parser.accept("extends") ? parser.assignment() : null;
    parser.expect("{");
    List<Ast.Property> members = new ArrayList<>();
    while (!parser.at("}")) {
      if (!parser.accept(";")) {
        members.add(property(true));
      }
    }
    parser.advance();
    return new Ast.ClassLiteral(name, superclass, members);
  }

  /** A property of an object literal, or a member of a class. */
  Ast.Property property(boolean inClass) {
    boolean isStatic = inClass && modifier("static");
    if (isStatic && parser.at("{")) {
      Ast.Function block = new Ast.Function(null, List.of(), functionBody(), false, false, false);
      return new Ast.Property("static", null, false, true, false, block);
    }
    boolean async = modifier("async");
    boolean generator = parser.accept("*");
    String kind = modifier("get") ? "get" : modifier("set") ? "set" : "init";
    boolean plainName = parser.token().kind() == Kind.NAME;
    String shorthand = parser.token().text();
    boolean computed = parser.at("[");
    Ast.Expr key = key();
    if (parser.at("(")) {
      Ast.Function method =
          new Ast.Function(null, parser.parameters(), functionBody(), false, async, generator);
      return new Ast.Property(
          kind.equals("init") ? "method" : kind, key, computed, isStatic, false, method);
    }
    if (inClass) {
      Ast.Expr value = parser.accept("=") ? parser.assignment() : null;
      endOfStatement();
      return new Ast.Property("field", key, computed, isStatic, false, value);
    }
    if (parser.accept(":")) {
      return new Ast.Property("init", key, computed, false, false, parser.assignment());
    }
    if (!plainName || computed) {
      throw parser.unexpected();
    }
    Ast.Expr name = new Ast.Name(shorthand);
    Ast.Expr value = parser.accept("=") ? new Ast.Default(name, parser.assignment()) : name;
    return new Ast.Property("init", key, false, false, true, value);
  }

  /** Takes a word such as {@code get} where it is a modifier and not itself the property's name. */
  private boolean modifier(String word) {
    if (!parser.at(word)) {
      return false;
    }
    Lexer.Token next = parser.peek();
    if (next.is("(")
        || next.is(",")
        || next.is(":")
        || next.is("}")
        || next.is("=")
        || next.is(";")
        || (next.is("{") && !word.equals("static"))) {
      return false;
    }
    parser.advance();
    return true;
  }

  private Ast.Expr key() {
    Lexer.Token token = parser.token();
    return switch (token.kind()) {
      case NAME, STRING -> {
        parser.advance();
        yield new Ast.Literal(token.text());
      }
      case NUMBER -> {
        parser.advance();
        yield new Ast.Literal(dev.millrace.value.Coercion.numberText(token.number()));
      }
      case PRIVATE_NAME -> {
        parser.advance();
        yield new Ast.Name("#" + token.text());
      }
      case PUNCTUATOR -> {
        parser.expect("[");
        Ast.Expr key = parser.assignment();
        parser.expect("]");
        yield key;
      }
      case BIGINT, TEMPLATE, END -> throw parser.unexpected();
    };
  }

  private Ast.Statement statement() {
    if (parser.at("{")) {
      return block();
    }
    if (parser.accept(";")) {
      return new Ast.Empty();
    }
    if (parser.token().kind() == Kind.NAME) {
      Ast.Statement byKeyword = keyword();
      if (byKeyword != null) {
        return byKeyword;
      }
      if (parser.peek().is(":")) {
        String label = parser.bindingName();
        parser.expect(":");
        return new Ast.Labeled(label, statement());
      }
    }
    Ast.Expr expression = parser.expression();
    endOfStatement();
    return new Ast.ExpressionStatement(expression);
  }

  private Ast.@Nullable Statement keyword() {
    return switch (parser.token().text()) {
      case "var", "const" -> declaration();
      case "let" -> {
        Lexer.Token next = parser.peek();
        yield next.kind() == Kind.NAME || next.is("[") || next.is("{") ? declaration() : null;
      }
      case "function" -> new Ast.FunctionDeclaration(function(false));
      case "async" -> {
        Lexer.Token next = parser.peek();
        if (!next.is("function") || next.lineBefore()) {
          yield null;
        }
        parser.advance();
        yield new Ast.FunctionDeclaration(function(true));
      }
      case "class" -> new Ast.ClassDeclaration(classLiteral());
      case "return" -> {
        parser.advance();
        Ast.Expr value = parser.at(";") || parser.statementEnds() ? null : parser.expression();
        endOfStatement();
        yield new Ast.Return(value);
      }
      case "throw" -> {
        parser.advance();
        Ast.Expr value = parser.expression();
        endOfStatement();
        yield new Ast.Throw(value);
      }
      case "if" -> ifStatement();
      case "for" -> forStatement();
      case "while" -> {
        parser.advance();
        Ast.Expr test = inParentheses();
        yield new Ast.While(test, statement());
      }
      case "do" -> {
        parser.advance();
        Ast.Statement body = statement();
        parser.expect("while");
        Ast.Expr test = inParentheses();
        parser.accept(";");
        yield new Ast.DoWhile(body, test);
      }
      case "switch" -> switchStatement();
      case "try" -> tryStatement();
      case "break", "continue" -> {
        String op = parser.token().text();
        parser.advance();
        String label =
            parser.token().kind() == Kind.NAME && !parser.token().lineBefore()
                ? parser.bindingName()
                : null;
        endOfStatement();
        yield new Ast.Jump(op, label);
      }
      case "debugger" -> {
        parser.advance();
        endOfStatement();
        yield new Ast.Empty();
      }
      case "with", "import", "export" -> throw parser.unexpected();
      default -> null;
    };
  }

  private Ast.Block block() {
    return new Ast.Block(functionBody());
  }

  private Ast.Expr inParentheses() {
    parser.expect("(");
    Ast.Expr expression = parser.expression();
    parser.expect(")");
    return expression;
  }

  private Ast.Statement declaration() {
    Ast.Statement declaration = declarationHead(false);
    endOfStatement();
    return declaration;
  }

  private Ast.Declaration declarationHead(boolean inFor) {
    String kind = parser.token().text();
    parser.advance();
    List<Ast.Declarator> declarators = new ArrayList<>();
    do {
      Ast.Expr target = parser.bindingTarget();
      Ast.Expr init = null;
      if (parser.accept("=")) {
        init = inFor ? parser.assignmentWithoutIn() : parser.assignment();
      }
      declarators.add(new Ast.Declarator(target, init));
    } while (parser.accept(","));
    return new Ast.Declaration(kind, declarators);
  }

  private Ast.Statement ifStatement() {
    parser.advance();
    Ast.Expr test = inParentheses();
    Ast.Statement then = statement();
    return new Ast.If(test, then, parser.accept("else") ? statement() : null);
  }

  private Ast.Statement forStatement() {
    parser.advance();
    boolean await = parser.accept("await");
    parser.expect("(");
    Ast.Statement init = null;
    if (!parser.at(";")) {
      Ast head;
      if (parser.at("var") || parser.at("let") || parser.at("const")) {
        Ast.Declaration declaration = declarationHead(true);
        head = declaration;
        init = declaration;
      } else {
        Ast.Expr expression = parser.expressionWithoutIn();
        head = expression;
        init = new Ast.ExpressionStatement(expression);
      }
      if (parser.at("of") || parser.at("in")) {
        String op = parser.token().text();
        parser.advance();
        Ast target = head instanceof Ast.Expr expression ? parser.pattern(expression) : head;
        Ast.Expr iterated = op.equals("of") ? parser.assignment() : parser.expression();
        parser.expect(")");
        return new Ast.ForEach(op, await, target, iterated, statement());
      }
    }
    parser.expect(";");
    Ast.Expr test = parser.at(";") ? null : parser.expression();
    parser.expect(";");
    Ast.Expr update = parser.at(")") ? null : parser.expression();
    parser.expect(")");
    return new Ast.For(init, test, update, statement());
  }

  private Ast.Statement switchStatement() {
    parser.advance();
    Ast.Expr value = inParentheses();
    parser.expect("{");
    List<Ast.SwitchCase> cases = new ArrayList<>();
    while (!parser.at("}")) {
      Ast.Expr test = null;
      if (!parser.accept("default")) {
        parser.expect("case");
        test = parser.expression();
      }
      parser.expect(":");
      List<Ast.Statement> body = new ArrayList<>();
      while (!parser.at("case") && !parser.at("default") && !parser.at("}")) {
        body.add(statement());
      }
      cases.add(new Ast.SwitchCase(test, body));
    }
    parser.advance();
    return new Ast.Switch(value, cases);
  }

  private Ast.Statement tryStatement() {
    parser.advance();
    Ast.Block block = block();
    Ast.Expr parameter = null;
    Ast.Block handler = null;
    if (parser.accept("catch")) {
      if (parser.accept("(")) {
        parameter = parser.bindingTarget();
        parser.expect(")");
      }
      handler = block();
    }
    Ast.Block finalizer = parser.accept("finally") ? block() : null;
    if (handler == null && finalizer == null) {
      throw parser.error("'catch' is expected");
    }
    return new Ast.Try(block, parameter, handler, finalizer);
  }

  private void endOfStatement() {
    if (!parser.accept(";") && !parser.statementEnds()) {
      throw parser.unexpected();
    }
  }
}
