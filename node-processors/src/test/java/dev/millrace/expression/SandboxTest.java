package dev.millrace.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What expressions and code cannot reach, and what they cannot leave behind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxTest {
  private JsExpressionEngine engine = new JsExpressionEngine();
  private final EvaluationScope scope = Scopes.of("{\"list\":[3,1,2],\"key\":\"constructor\"}");

  @BeforeAll
  void warmUp() {
    engine.warmUp();
  }

  @AfterAll
  void close() {
    engine.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "={{ [].constructor }}",
        "={{ ({})['__pro' + 'to__'] }}",
        "={{ (x => x[$json.key])({}) }}",
        "={{ [1].map(({ constructor: c }) => c) }}",
        "={{ (() => { const { ['con' + 'structor']: c } = {}; return c })() }}",
        "={{ $json[$json.key] }}",
        "={{ (function () { return arguments.callee })() }}",
        "={{ class extends (() => {}) {} }}",
        "={{ Object.getOwnPropertyDescriptors($json) }}",
        "={{ $env.PATH }}",
      })
  void isRefused(String expression) {
    assertThatThrownBy(() -> engine.compile(expression).evaluate(scope))
        .isInstanceOf(MillraceException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "={{ (() => this)().constructor }}",
        "={{ Java.type('java.lang.System') }}",
        "={{ Polyglot.eval('js', '1') }}",
        "={{ Graal.versionECMAScript }}",
        "={{ load('/etc/passwd') }}",
        "={{ (0, eval)('1') }}",
        "={{ (function () { return this })().Object }}",
        "={{ new Function('return 1')() }}",
      })
  void isNotThere(String expression) {
    Object result = undefinedOrError(expression);
    assertThat(result).isEqualTo(Undefined.UNDEFINED);
  }

  private @Nullable Object undefinedOrError(String expression) {
    try {
      return engine.compile(expression).evaluate(scope);
    } catch (MillraceException refused) {
      return Undefined.UNDEFINED;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Array.prototype.poison = 1; Object.prototype.poison = 1",
        "Object.defineProperty(Object.prototype, 'poison', { value: 1 })",
        "JSON.stringify = () => 'poison'; Math.max = () => 666",
        "Array.prototype.map = () => ['poison']",
        "globalThis.poison = 1; poison2 = 2; var poison3 = 3",
        "DateTime.now = () => 'poison'; DateTime.prototype.toISO = () => 'poison'",
        "[].__proto__.filter = () => 'poison'; ''.__proto__.trim = () => 'poison'",
        "Object.getPrototypeOf(async () => {}).poison = 1",
        "Object.setPrototypeOf(Array.prototype, { poison: 1 })",
        "Date.now = () => 0; Symbol.iterator.__proto__.poison = 1",
        "(Object.getPrototypeOf(function* () {})).prototype.next = () => 'poison'",
        "setTimeout(() => { globalThis.late = 1 }, 5)",
      })
  void codeLeavesNothingBehind(String poison) {
    String tried =
        "for (const part of "
            + quoted(poison.split(";"))
            + ") {}\n"
            + "try { "
            + poison.replace(";", "} catch (e) {}\ntry {")
            + " } catch (e) {}\nreturn [];";
    engine.runCode(tried, scope, false, List.of());

    Object seen =
        engine
            .runCode(
                """
                return { json: {
                  poison: typeof poison, poison2: typeof poison2, late: typeof late,
                  inherited: typeof ({}).poison, array: typeof [].poison,
                  text: JSON.stringify({ a: 1 }), max: Math.max(1, 2),
                  mapped: [1].map((x) => x + 1), trimmed: ' a '.trim(),
                  iso: DateTime.fromISO('2026-01-01').toISODate(), now: Date.now() > 0,
                  async: typeof (async () => {}).poison,
                } };
                """,
                scope,
                false,
                List.of())
            .returned();
    assertThat(dev.millrace.value.Json.text(seen))
        .isEqualTo(
            "{\"json\":{\"poison\":\"undefined\",\"poison2\":\"undefined\",\"late\":\"undefined\","
                + "\"inherited\":\"undefined\",\"array\":\"undefined\","
                + "\"text\":\"{\\\"a\\\":1}\",\"max\":2,\"mapped\":[2],\"trimmed\":\"a\","
                + "\"iso\":\"2026-01-01\",\"now\":true,\"async\":\"undefined\"}}");
    assertThat(
            engine
                .compile("={{ [1,2].map(x => x * 2).join('') + ' a'.trim() + typeof poison }}")
                .evaluate(scope))
        .isEqualTo("24aundefined");
  }

  private static String quoted(String[] parts) {
    return dev.millrace.value.Json.text(List.of(parts));
  }

  @Test
  void anExpressionCannotChangeItsItems() {
    String changed = "={{ ($json.list.sort(), $json.added = 1, $json.list.push(9), $json) }}";
    assertThat(engine.compile(changed).evaluate(scope)).asString().contains("added");
    assertThat(engine.compile("={{ (() => $json)() }}").evaluate(scope))
        .isEqualTo(scope.inputs().getFirst().getFirst().json());
    assertThat(engine.compile("={{ $json.list.join() }}").evaluate(scope)).isEqualTo("3,1,2");
  }

  @Test
  void anEndlessExpressionIsEnded() {
    try (JsExpressionEngine limited =
        new JsExpressionEngine(
            ExpressionSettings.DEFAULT.withLimits(
                Duration.ofMillis(300), Duration.ofMillis(300)))) {
      MillraceException loop =
          catchThrowableOfType(
              MillraceException.class,
              () -> limited.compile("={{ (() => { while (true) {} })() }}").evaluate(scope));
      assertThat(loop.code()).isEqualTo(ErrorCode.EXPRESSION_FAILED);
      assertThat(loop.text()).contains("300 ms");
      MillraceException regex =
          catchThrowableOfType(
              MillraceException.class,
              () -> limited.compile("={{ /^(a+)+\\1c$/.test('a'.repeat(60)) }}").evaluate(scope));
      assertThat(regex.text()).contains("300 ms");
      MillraceException code =
          catchThrowableOfType(
              MillraceException.class,
              () -> limited.runCode("while (true) {}", scope, false, List.of()));
      assertThat(code.code()).isEqualTo(ErrorCode.CODE_TIMEOUT);
      MillraceException promises =
          catchThrowableOfType(
              MillraceException.class,
              () ->
                  limited.runCode(
                      "const f = () => Promise.resolve().then(f); await f();",
                      scope,
                      false,
                      List.of()));
      assertThat(promises.code()).isEqualTo(ErrorCode.CODE_TIMEOUT);
    }
  }

  @Test
  void deepRecursionAndDeepTextAreErrorsOrUndefined() {
    assertThat(engine.compile("={{ (function f() { return f() })() }}").evaluate(scope))
        .isEqualTo(Undefined.UNDEFINED);
    assertThatThrownBy(() ->
            engine
                .compile("={{ " + "(".repeat(20_000) + "1" + ")".repeat(20_000) + " }}")
                .evaluate(scope))
        .isInstanceOf(MillraceException.class);
  }

  @Test
  void runsOnVirtualThreads() throws InterruptedException {
    AtomicReference<@Nullable Object> result = new AtomicReference<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() ->
                result.set(engine.compile("={{ (() => $json.list.length)() }}").evaluate(scope)));
    thread.join();
    assertThat(result.get()).isEqualTo(3.0);
  }
}
