package dev.millrace.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine.CodeResult;
import dev.millrace.item.Item;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CodeTest {
  private final JsExpressionEngine engine = new JsExpressionEngine();
  private final EvaluationScope scope = Scopes.of("{\"a\":1}", "{\"a\":2}");

  @AfterAll
  void close() {
    engine.close();
  }

  private List<Item> items() {
    return Objects.requireNonNull(scope.inputs().getFirst());
  }

  private CodeResult run(String code) {
    return engine.runCode(code, scope, false, items());
  }

  private String json(String code) {
    return Json.text(run(code).returned());
  }

  private MillraceException failure(String code) {
    return catchThrowableOfType(MillraceException.class, () -> run(code));
  }

  @Test
  void changesCopiesOfTheItems() {
    assertThat(
            json(
                "for (const item of $input.all()) item.json.b = item.json.a * 2;\nreturn $input.all();"))
        .contains("{\"a\":1,\"b\":2}")
        .contains("{\"a\":2,\"b\":4}");
    assertThat(items().getFirst().json()).isEqualTo(Map.of("a", 1.0));
    assertThat(json("return $input.all() [0] === items[0] && $json === items[0].json"))
        .isEqualTo("true");
  }

  @Test
  void mayDeclareTheNamesThatItIsGiven() {
    assertThat(json("const items = $input.all(); let item = items[1]; return item.json.a"))
        .isEqualTo("2");
  }

  @Test
  void seesOneItemAtATime() {
    CodeResult result =
        engine.runCode(
            "return { got: $json.a + item.json.a }", scope.at(1), true, List.of(items().get(1)));
    assertThat(Json.text(result.returned())).isEqualTo("{\"got\":4}");
  }

  @Test
  void waitsForPromisesAndTimersWithoutSleeping() {
    String code =
        """
        const order = [];
        const started = Date.now();
        const later = (ms) => new Promise((done) => setTimeout(() => { order.push(ms); done(ms); }, ms));
        const all = await Promise.all([later(60000), later(10), Promise.resolve(1)]);
        let ticks = 0;
        await new Promise((done) => { const t = setInterval(() => { if (++ticks === 3) { clearInterval(t); done(); } }, 5); });
        return { order, all, ticks };
        """;
    assertThat(json(code)).isEqualTo("{\"order\":[10,60000],\"all\":[60000,10,1],\"ticks\":3}");
  }

  @Test
  void namesTheLineOfAnError() {
    MillraceException error = failure("const x = 1;\nconst y = undefined;\nreturn y.foo;");
    assertThat(error.code()).isEqualTo(ErrorCode.CODE_FAILED);
    assertThat(error.text())
        .isEqualTo("Cannot read properties of undefined (reading 'foo') [line 3]");
    assertThat(failure("await 1;\nthrow new Error('mine')").text()).isEqualTo("mine [line 2]");
    assertThat(failure("const a = ;").text()).contains("SyntaxError").contains("[line 1]");
    assertThat(failure("throw 'text'").text()).isEqualTo("text");
    assertThat(
            failure(
                    "class Mine extends Error { constructor() { super('own'); this.name = 'Mine' } }\nthrow new Mine()")
                .text())
        .startsWith("own");
    assertThat(failure("await new Promise(() => {})").text()).contains("never comes");
    assertThat(failure("const a = {}; a.a = a; return a").code()).isEqualTo(ErrorCode.CODE_FAILED);
    assertThat(failure("return $('Never').first()").text()).contains("hasn't been executed");
    assertThat(failure("return require('fs')").text()).contains("disallowed");
    assertThat(failure("return eval('1')").code()).isEqualTo(ErrorCode.CODE_FAILED);
  }

  @Test
  void keepsConsoleCustomAndStaticData() {
    CodeResult result =
        run(
            """
            console.log('a', { b: 1 }, [2]);
            $execution.customData.set('key', 7);
            const data = $getWorkflowStaticData('global');
            data.count += 1;
            return [];
            """);
    assertThat(result.console()).containsExactly("a {\"b\":1} [2]");
    assertThat(result.customData()).containsExactly(Map.entry("key", "7"));
    assertThat(result.staticData()).isEqualTo(Map.of("global", Map.of("count", 2.0)));
    assertThat(run("return $getWorkflowStaticData('global').count").staticData()).isNull();
    assertThat(run("").returned()).isEqualTo(Undefined.UNDEFINED);
  }

  @Test
  void turnsDatesIntoText() {
    assertThat(
            json(
                "return { d: new Date(0), l: DateTime.fromMillis(0, { zone: 'utc' }), u: undefined, n: NaN }"))
        .isEqualTo(
            "{\"d\":\"1970-01-01T00:00:00.000Z\",\"l\":\"1970-01-01T00:00:00.000Z\",\"n\":null}");
    assertThat(json("return $now.toISO() + $today.zoneName"))
        .isEqualTo("\"2026-03-15T15:30:45.123+01:00Europe/Berlin\"");
  }

  @Test
  void hasBytesAndText() {
    assertThat(json("return Buffer.from('héllo ✓').toString('base64')"))
        .isEqualTo("\"aMOpbGxvIOKckw==\"");
    assertThat(json("return Buffer.from('aMOpbGxvIOKckw==', 'base64').toString()"))
        .isEqualTo("\"héllo ✓\"");
    assertThat(
            json(
                "return Buffer.concat([Buffer.from('00ff', 'hex'), Buffer.alloc(1)]).toString('hex')"))
        .isEqualTo("\"00ff00\"");
    assertThat(
            json(
                "return [btoa('abc'), atob('YWJj'), new TextDecoder().decode(new TextEncoder().encode('ü'))]"))
        .isEqualTo("[\"YWJj\",\"abc\",\"ü\"]");
  }

  @Test
  void evaluatesExpressionsAndQueries() {
    assertThat(json("return $evaluateExpression('{{ $json.a + 1 }}', 1)")).isEqualTo("3");
    assertThat(json("return $jmespath($input.all(), '[*].json.a')")).isEqualTo("[1,2]");
    assertThat(json("return $('Before').all().length + this.helpers.assertBinaryData.length"))
        .isEqualTo("4");
    assertThat(json("x = 3; for (i of [1, 2]) x += i; return x")).isEqualTo("6");
  }
}
