package dev.millrace.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.js.Extensions;
import dev.millrace.expression.runtime.Realms;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JavaScript's grammar as the parser and the printer take it through to GraalJS. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ParsingTest {
  private final JsExpressionEngine engine =
      new JsExpressionEngine(ExpressionSettings.DEFAULT.withFastPath(false));
  private final EvaluationScope scope =
      Scopes.of("{\"a\":{\"b\":[1,2,3]},\"s\":\"x-y\",\"none\":null}");

  @AfterAll
  void close() {
    engine.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '"',
      value = {
        "(() => { let t = 0; for (const x of [1,2,3]) { if (x === 2) continue; t += x } return t })() ¦ 4",
        "(function f(n) { return n < 2 ? 1 : n * f(n - 1) })(5) ¦ 120",
        "(() => { switch ($json.s) { case 'x-y': return 'hit'; default: return 'miss' } })() ¦ hit",
        "(() => { try { null.x } catch { return 'caught' } finally { } })() ¦ caught",
        "(() => { var i = 0; do { i++ } while (i < 3); return i })() ¦ 3",
        "(() => { a: for (;;) { for (;;) break a } return 'out' })() ¦ out",
        "[...[1, 2], ...$json.a.b].length ¦ 5",
        "(({ b: [first, ...rest], c = 7 }) => `${first}${rest.length}${c}`)($json.a) ¦ 127",
        "((a, b = a + 1, ...c) => a + b + c.length)(1) ¦ 3",
        "$json.a?.['b']?.[1] ¦ 2",
        "$json.none?.x.y.z() ?? 'cut' ¦ cut",
        "$json.missing?.first() ?? 'none' ¦ none",
        "$json.s?.replace?.('x', 'z') ¦ z-y",
        "$json.a.b.nope?.() ?? 'no' ¦ no",
        "(a => b => a + b)(1)(2) ¦ 3",
        "new (class { #n = 4; static s = 5; get n() { return this.#n } })().n ¦ 4",
        "'a-b'.split(/-/g).map((x, i) => x + i).join('') ¦ a0b1",
        "4 / 2 / 1 ¦ 2",
        "2 ** 3 ** 2 ¦ 512",
        "((x) => (x ||= 5, x &&= x + 1, x ??= 0, x))(0) ¦ 6",
        "typeof nothing + typeof $json ¦ undefinedobject",
        "'a' in { a: 1 } && !('b' in { a: 1 }) ¦ true",
        "0x1f + 0b11 + 0o17 + 1_000 ¦ 1049",
        "'\\u0041\\x42\\u{43}' ¦ ABC",
        "(1, 2) ¦ 2",
        "void 0 ?? 'v' ¦ v",
        "String.raw`a\\n${1}` ¦ a\\n1",
        "[, 1].length + [1, , 2].length ¦ 5",
        "(async => async)(3) ¦ 3",
        "({ get: 1, set: 2, async: 3, static: 4, of: 5 }).of ¦ 5",
        "Object.keys({ ['k' + 1]: 1, m() {}, get g() { return 1 } }).join() ¦ k1,m,g",
        "[...(function* () { yield 1; yield* [2, 3] })()].join() ¦ 1,2,3",
        "$json.a.b.map(function (x) { return this.k + x }, { k: 1 }).join() ¦ 2,3,4",
        "((min) => min + 1)(1) ¦ 2",
      })
  void evaluates(String code, String expected) {
    String escaped = code.replace("}}", "\\}}");
    assertThat(engine.compile("=" + "{{ " + escaped + " }}!").evaluate(scope))
        .isEqualTo(expected + "!");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 +",
        "a b",
        "(",
        "[1",
        "{a:",
        "'x",
        "`x",
        "/x",
        "1 = 2",
        "a ?? b || c",
        "let x = 1",
        "if (a) b",
        "-1 ** 2",
        "@x",
        "x => ",
        "08",
        "3in []",
        "\\x",
        "return 1",
        "with (a) b",
        "() => { with (a) {} }",
        "import('x')",
        "a => { b = ; }",
        "#x",
        "var",
        "class { constructor() { ",
      })
  void isASyntaxErrorOrRefused(String code) {
    CompiledExpression compiled = engine.compile("={{ " + code + " }}");
    assertThatThrownBy(() -> compiled.evaluate(scope))
        .isInstanceOfSatisfying(
            MillraceException.class,
            error ->
                assertThat(error.code())
                    .isIn(ErrorCode.EXPRESSION_SYNTAX, ErrorCode.EXPRESSION_FORBIDDEN));
  }

  @Test
  void takesOnlyTheBranchOfIf() {
    String guarded = "={{ $if($('Never').isExecuted, $('Never').first().json.x, 'not run') }}";
    assertThat(engine.compile(guarded).evaluate(scope)).isEqualTo("not run");
  }

  @Test
  void knowsTheSameExtensionsInJavaAndJavaScript() {
    try (Realms realms = new Realms(ExpressionSettings.DEFAULT, (text, in) -> text)) {
      assertThat(realms.extensionNames()).isEqualTo(Extensions.NAMES);
    }
  }
}
