package dev.millrace.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.fast.Fast;
import dev.millrace.expression.fast.FastCompiler;
import dev.millrace.expression.js.Ast;
import dev.millrace.expression.js.Block;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import org.jspecify.annotations.Nullable;

/** Random expressions give the same on the fast path and in JavaScript. */
class BothPathsAgreeTest {
  private static final JsExpressionEngine FAST = new JsExpressionEngine();
  private static final JsExpressionEngine SLOW =
      new JsExpressionEngine(ExpressionSettings.DEFAULT.withFastPath(false));

  private final EvaluationScope scope =
      Scopes.of(
          """
          {"n": 1.5, "zero": 0, "neg": -7, "big": 123456789012, "s": "Hello World", "empty": "",
           "num": "42", "dec": "-1.50", "hex": "0x1F", "space": "  x\\t", "uml": "Größe",
           "yes": true, "no": false, "nul": null, "list": [3, 1, 2], "words": ["b", "a", "b"],
           "mixed": [1, "1", null, true, [2], {"k": 1}], "none": [], "obj": {"a": {"b": "deep"}},
           "nothing": {}, "iso": "2026-01-01T10:00:00.000Z", "rows": [{"k": "x", "v": 1},
           {"k": "y", "v": 2.25}], "5": "five"}
          """,
          "{\"n\": 2}");

  @AfterContainer
  static void close() {
    FAST.close();
    SLOW.close();
  }

  @Property(tries = 1500, edgeCases = EdgeCasesMode.NONE)
  void agree(@ForAll("expressions") String expression) {
    String typed = "={{ " + expression.replace("}}", "} }") + " }}";
    assertThat(outcome(FAST, typed)).as(typed).isEqualTo(outcome(SLOW, typed));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void agreeAsText(@ForAll("expressions") String expression) {
    String text = "=<{{ " + expression.replace("}}", "} }") + " }}>";
    assertThat(outcome(FAST, text)).as(text).isEqualTo(outcome(SLOW, text));
  }

  /** So that agreement is not that of an engine with itself. */
  @Property(tries = 200)
  void commonExpressionsStayOnTheFastPath(@ForAll("paths") String path) {
    for (String expression :
        List.of(path, path + " + 1", "!" + path, path + " ? 'a' : 'b'", path + " === 'x'")) {
      Ast.Expr tree = Block.parse(expression).tree();
      Fast fast = tree == null ? null : FastCompiler.compile(tree);
      assertThat(fast).as(expression).isNotNull();
    }
  }

  private String outcome(JsExpressionEngine engine, String expression) {
    try {
      return shown(engine.compile(expression).evaluate(scope));
    } catch (MillraceException error) {
      return error.code() + " " + error.text();
    }
  }

  /** With its type; the order of keys does not count. */
  private static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> map -> new java.util.TreeMap<>(shownValues(map)).toString();
      case List<?> list -> list.stream().map(BothPathsAgreeTest::shown).toList().toString();
      default -> value.getClass().getSimpleName() + ":" + value;
    };
  }

  private static Map<String, String> shownValues(Map<?, ?> map) {
    Map<String, String> shown = new java.util.HashMap<>();
    map.forEach((key, value) -> shown.put(String.valueOf(key), shown(value)));
    return shown;
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of(
        "$json.n",
        "$json.zero",
        "$json.neg",
        "$json.big",
        "$json.s",
        "$json.empty",
        "$json.num",
        "$json.dec",
        "$json.hex",
        "$json.space",
        "$json.uml",
        "$json.yes",
        "$json.no",
        "$json.nul",
        "$json.list",
        "$json.words",
        "$json.mixed",
        "$json.none",
        "$json.obj",
        "$json.obj.a.b",
        "$json.nothing",
        "$json.missing",
        "$json.missing.deeper",
        "$json.missing?.deeper",
        "$json['s']",
        "$json['5']",
        "$json.list[0]",
        "$json.list[9]",
        "$json.rows[1].v",
        "$json.rows",
        "$json.iso",
        "$json",
        "$input.item.json.s",
        "$input.first().json.n",
        "$input.last().json.n",
        "$input.all().length",
        "$('Before').first().json.s",
        "$('Before').item.json.n",
        "$('Never').isExecuted",
        "$('Before').isExecuted",
        "$itemIndex",
        "$runIndex",
        "$json.nul?.x.y",
        "$json?.obj?.a");
  }

  @Provide
  Arbitrary<String> expressions() {
    Arbitrary<String> leaves =
        Arbitraries.oneOf(
            paths(),
            Arbitraries.of(
                "1",
                "0",
                "-1",
                "2.5",
                "0.1",
                "1e21",
                "'abc'",
                "''",
                "' 12 '",
                "'1,5'",
                "true",
                "false",
                "null",
                "undefined",
                "[]",
                "[1,2]",
                "({a:1})",
                "'Ünï'",
                "'10'",
                "NaN",
                "$now.toISO()",
                "$today.toFormat('yyyy-MM-dd')",
                "$now.plus({days: 3}).toISO()",
                "$now.year",
                "$now.minus(2, 'hours').toISO()",
                "$now.format('dd.MM.yy')",
                "$('Never').first().json.x",
                "$now",
                "$now > $today"));
    Arbitrary<String> grown = leaves;
    for (int depth = 0; depth < 3; depth++) {
      grown = grown(leaves, grown);
    }
    return grown;
  }

  private static Arbitrary<String> grown(Arbitrary<String> leaves, Arbitrary<String> inner) {
    return Arbitraries.oneOf(
        leaves,
        binary(inner),
        method(inner),
        function(inner),
        iteration(inner),
        Combinators.combine(inner, inner, inner)
            .as((a, b, c) -> "(" + a + " ? " + b + " : " + c + ")"),
        Combinators.combine(inner, inner).as((a, b) -> "`${" + a + "}-${" + b + "}`"),
        Combinators.combine(Arbitraries.of("!", "-", "+", "typeof ", "!!"), inner)
            .as((op, a) -> "(" + op + "(" + a + "))"));
  }

  private static Arbitrary<String> binary(Arbitrary<String> inner) {
    Arbitrary<String> operators =
        Arbitraries.of(
            "+", "-", "*", "/", "%", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "&&", "||",
            "??");
    return Combinators.combine(inner, operators, inner)
        .as((a, op, b) -> "((" + a + ") " + op + " (" + b + "))");
  }

  private static Arbitrary<String> method(Arbitrary<String> inner) {
    Arbitrary<String> methods =
        Arbitraries.of(
            "toUpperCase()",
            "toLowerCase()",
            "trim()",
            "toString()",
            "length",
            "length()",
            "isEmpty()",
            "isNotEmpty()",
            "toInt()",
            "toNumber()",
            "toFloat()",
            "toBoolean()",
            "slice(1)",
            "slice(-2)",
            "slice(0, 2)",
            "substring(2, 1)",
            "charAt(1)",
            "repeat(2)",
            "padStart(6, '0')",
            "padEnd(4)",
            "includes('a')",
            "includes(1)",
            "startsWith('H')",
            "endsWith('d')",
            "indexOf('l')",
            "lastIndexOf('l')",
            "split(' ')",
            "split('')",
            "replace('l', 'L')",
            "replaceAll('l', '')",
            "replace('l', '$&')",
            "first()",
            "last()",
            "join('-')",
            "join()",
            "reverse()",
            "sum()",
            "average()",
            "min()",
            "max()",
            "round()",
            "round(1)",
            "floor()",
            "ceil()",
            "abs()",
            "isEven()",
            "isOdd()",
            "isInteger()",
            "toFixed(2)",
            "toFixed()",
            "hasField('a')",
            "keys()",
            "values()",
            "concat('x')",
            "indexOf(1)",
            "hash()",
            "unique()",
            "compact()",
            "format()");
    return Combinators.combine(inner, Arbitraries.of(".", "?."), methods)
        .as((a, dot, method) -> "(" + a + ")" + dot + method);
  }

  private static Arbitrary<String> function(Arbitrary<String> inner) {
    Arbitrary<String> functions =
        Arbitraries.of(
            "Number",
            "String",
            "Boolean",
            "Array.isArray",
            "Object.keys",
            "Object.values",
            "Math.floor",
            "Math.ceil",
            "Math.round",
            "Math.abs",
            "$not",
            "Math.min",
            "$max");
    Arbitrary<String> two = Arbitraries.of("$ifEmpty", "$if", "Math.max", "$min", "parseInt");
    return Arbitraries.oneOf(
        Combinators.combine(functions, inner).as((f, a) -> f + "(" + a + ")"),
        Combinators.combine(two, inner, inner).as((f, a, b) -> f + "(" + a + ", " + b + ")"));
  }

  private static Arbitrary<String> iteration(Arbitrary<String> inner) {
    Arbitrary<String> methods =
        Arbitraries.of("map", "filter", "find", "findIndex", "some", "every");
    Arbitrary<String> bodies =
        Arbitraries.of(
            "x",
            "x > 1",
            "x + 1",
            "x.k",
            "x === 'b'",
            "i",
            "x?.v ?? i",
            "!x",
            "[x, i]",
            "$json.n + x",
            "({ x: x, i: i })",
            "x.json.n",
            "$json.list.map(y => y * i)");
    return Combinators.combine(
            Arbitraries.oneOf(
                inner,
                Arbitraries.of(
                    "$json.list", "$json.rows", "$json.words", "$input.all()", "$json.mixed")),
            methods,
            bodies)
        .as((a, m, body) -> "(" + a + ")." + m + "((x, i) => " + body + ")");
  }
}
