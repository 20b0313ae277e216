package dev.millrace.expression;

import dev.millrace.expression.js.Block;
import dev.millrace.item.Item;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * Prints what an evaluation costs: on the fast path, in JavaScript with the function cached, and in
 * JavaScript with a source text that was never seen. Run its {@code main}; it is no test.
 */
public final class ExpressionBenchmark {
  private static final int ROUNDS = 7;

  private ExpressionBenchmark() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) {
    EvaluationScope scope = Scopes.of("{\"a\":{\"b\":5},\"s\":\"text\",\"list\":[1,2,3]}");
    List<String> expressions =
        List.of(
            "={{ $json.a.b }}",
            "=Hello {{ $json.s }}, {{ $json.a.b + 1 }}",
            "={{ $json.a.b > 3 ? $json.s.toUpperCase() : 'x' }}",
            "={{ $('Before').item.json.s }}",
            "={{ $json.list.map(x => x * 2) }}",
            "={{ $now.plus({ days: 1 }).toFormat('yyyy-MM-dd') }}");
    try (JsExpressionEngine fast = new JsExpressionEngine();
        JsExpressionEngine slow =
            new JsExpressionEngine(ExpressionSettings.DEFAULT.withFastPath(false))) {
      long begin = System.nanoTime();
      fast.warmUp();
      System.out.printf("first context %d ms%n", (System.nanoTime() - begin) / 1_000_000);
      begin = System.nanoTime();
      slow.warmUp();
      System.out.printf("another engine's %d ms%n", (System.nanoTime() - begin) / 1_000_000);
      for (String expression : expressions) {
        CompiledExpression inJava = fast.compile(expression);
        CompiledExpression inScript = slow.compile(expression);
        long java = nanos(200_000, i -> inJava.evaluate(scope));
        long script = nanos(20_000, i -> inScript.evaluate(scope));
        System.out.printf("%-60s fast %6d ns, cached JS %7d ns%n", expression, java, script);
      }
      int[] unique = {0};
      long fresh =
          nanos(500, i -> slow.compile("={{ $json.a.b + " + unique[0]++ + " }}").evaluate(scope));
      long parse = nanos(2_000, i -> Block.parse("$json.a.b + " + unique[0]++));
      System.out.printf("new source %d ns, of which our parser %d ns%n", fresh, parse);
      code(fast);
    }
  }

  private static void code(JsExpressionEngine engine) {
    String[] json = new String[100];
    Arrays.setAll(json, i -> "{\"id\":" + i + ",\"name\":\"n" + i + "\",\"price\":" + i + ".5}");
    EvaluationScope scope = Scopes.of(json);
    List<Item> items = Objects.requireNonNull(scope.inputs().getFirst());
    String code =
        """
        const result = [];
        for (const item of $input.all()) {
          const total = item.json.price * 2;
          if (total < 0) continue;
          item.json.total = total;
          item.json.label = `${item.json.name}-${item.json.id}`;
          item.json.seen = true;
          result.push(item);
        }
        return result;
        """;
    long run = nanos(200, i -> engine.runCode(code, scope, false, items));
    System.out.printf("Code node, 10 lines over 100 items: %d us%n", run / 1_000);
  }

  /** Median over rounds of the CPU time of one call, which other load disturbs less. */
  private static long nanos(int times, IntConsumer action) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long[] rounds = new long[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long begin = threads.getCurrentThreadCpuTime();
      for (int i = 0; i < times; i++) {
        action.accept(i);
      }
      rounds[round] = (threads.getCurrentThreadCpuTime() - begin) / times;
    }
    Arrays.sort(rounds);
    return rounds[ROUNDS / 2];
  }
}
