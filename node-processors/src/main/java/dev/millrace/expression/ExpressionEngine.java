package dev.millrace.expression;

import dev.millrace.item.Item;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compiles and evaluates expressions, and runs the code of Code nodes in the same sandbox.
 * Thread-safe; evaluation happens in the calling thread, which must be a platform thread.
 */
public interface ExpressionEngine extends AutoCloseable {
  /**
   * Compiles a parameter text. Text without a leading {@code =} is a constant. A syntax error is
   * raised when the expression is evaluated, so that a broken parameter that is not used does no
   * harm.
   */
  CompiledExpression compile(String text);

  /**
   * Runs a Code node's JavaScript once, within the code time limit.
   *
   * @param code the body of an async function
   * @param scope what the code sees; its item index selects {@code $json} and {@code item}
   * @param perItem whether the code runs for one item ({@code item}, {@code $json}) or for all
   *     ({@code items})
   * @param items the items that the legacy names {@code items} and {@code item} hold; the code may
   *     change them, the originals stay as they were
   * @return what the code returned, in the value model
   * @throws dev.millrace.error.MillraceException {@code CODE_FAILED} with message and line, {@code
   *     CODE_TIMEOUT}, or {@code EXPRESSION_FORBIDDEN}
   */
  CodeResult runCode(String code, EvaluationScope scope, boolean perItem, List<Item> items);

  @Override
  void close();

  /**
   * What a Code node's run left behind.
   *
   * @param returned the returned value
   * @param console lines written by {@code console.log} and its siblings
   * @param customData what the code stored with {@code $execution.customData}
   * @param staticData the workflow's static data after the run, null when unchanged
   */
  record CodeResult(
      @Nullable Object returned,
      List<String> console,
      Map<String, String> customData,
      @Nullable Map<String, @Nullable Object> staticData) {}
}
