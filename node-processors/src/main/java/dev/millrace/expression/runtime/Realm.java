package dev.millrace.expression.runtime;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionException;
import dev.millrace.expression.js.Block;
import java.io.InputStream;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SandboxPolicy;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * One JavaScript context with Luxon and the runtime in it and all built-in objects frozen. Belongs
 * to one thread; only {@link #end}, {@link #deadline} and {@link #thread} may be called by others.
 *
 * <p>After a limit of time or memory was hit the context is closed and {@link #broken} is true.
 */
final class Realm implements Watchdog.Watched, AutoCloseable {
  /** JavaScript copies of items are dropped when there are more than this. */
  private static final int MAX_ITEMS = 10_000;

  private final Thread thread = Thread.currentThread();
  private final Context context;
  private final Host host;
  private final Value prepare;
  private final Value evaluate;
  private final Value withExtra;
  private final Value forgetItems;
  private final Value out;
  private final CodeRunner code;
  private final Set<String> extensionNames;
  private final Map<Block, Value> functions;
  private final Map<ZoneId, Integer> zones = new HashMap<>();
  private String executionId = "";
  private int depth;
  private volatile long deadline;
  private volatile boolean broken;
  private volatile boolean memoryFull;

  Realm(Engine engine, Sources sources, Host host, ZoneId processZone, int cacheSize) {
    this.host = host;
    context =
        bounded(confined(), Runtime.getRuntime().maxMemory())
            .engine(engine)
            .timeZone(processZone)
            .build();
    functions =
        new LinkedHashMap<>(64, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Block, Value> eldest) {
            return size() > cacheSize;
          }
        };
    Value luxon = context.eval(sources.luxon());
    Value extensions = context.eval(sources.extensions());
    Value runtime = context.eval(sources.runtime()).execute(host, luxon, extensions);
    prepare = runtime.getMember("prepare");
    evaluate = runtime.getMember("evaluate");
    withExtra = runtime.getMember("withExtra");
    forgetItems = runtime.getMember("forgetItems");
    out = runtime.getMember("out");
    extensionNames = Set.of(runtime.getMember("names").asString().split(","));
    Value codeRuntime = context.eval(sources.code()).execute(runtime.getMember("parts"));
    runtime.getMember("harden").execute();
    code = new CodeRunner(context, codeRuntime, host, cacheSize);
  }

  /** A context that reaches nothing outside of it, as {@link SandboxPolicy#CONSTRAINED} asks. */
  static Context.Builder confined() {
    return Context.newBuilder("js")
        .allowHostAccess(HostAccess.CONSTRAINED)
        .in(InputStream.nullInputStream())
        // No code from text: eval and the Function constructor throw.
        .option("js.allow-eval", "false")
        .option("js.console", "false")
        .option("js.print", "false")
        .option("js.load", "false")
        .option("js.graal-builtin", "false");
  }

  /**
   * Bounds what one operation can allocate, before anything could end it. The engine takes these
   * options only without a sandbox policy, although the policy does nothing but check the others; a
   * test makes a context of those under the policy.
   */
  private static Context.Builder bounded(Context.Builder builder, long heap) {
    return builder
        .allowExperimentalOptions(true)
        .option("js.string-length-limit", Long.toString(maxStringLength(heap)))
        .option("js.max-typed-array-length", Long.toString(maxTypedArrayLength(heap)));
  }

  /** In characters of up to two bytes. */
  private static long maxStringLength(long heap) {
    return Math.clamp(heap / 16, 1 << 20, (1 << 29) - 24);
  }

  /** In elements of up to eight bytes. */
  private static long maxTypedArrayLength(long heap) {
    return Math.clamp(heap / 48, 1 << 18, 1 << 30);
  }

  /** The names of the extension methods that the runtime has. */
  Set<String> extensionNames() {
    return extensionNames;
  }

  /**
   * Evaluates a block.
   *
   * @param asText whether the result is a contribution to a text
   */
  @Nullable Object evaluate(Block block, EvaluationScope scope, boolean asText, Duration limit) {
    block.check();
    return enter(
        scope,
        limit,
        ErrorCode.EXPRESSION_FAILED,
        "The expression",
        () -> {
          Value extra =
              scope.extra().isEmpty() ? null : withExtra.execute(Values.toJs(scope.extra()));
          Value result =
              extra == null
                  ? evaluate.execute(function(block), millis(scope), zone(scope), asText)
                  : evaluate.execute(function(block), millis(scope), zone(scope), asText, extra);
          Object value = Values.fromJs(result, out);
          if (block.mayChangeItems() && depth == 1) {
            forget();
          }
          return value;
        });
  }

  CodeRunner.Run runCode(CodeRunner.Request request, Duration limit) {
    EvaluationScope scope = request.scope();
    return enter(
        scope,
        limit,
        ErrorCode.CODE_TIMEOUT,
        "The code",
        () -> {
          forget();
          try {
            return code.run(request, millis(scope), zone(scope));
          } finally {
            if (!broken) {
              forget();
              broken = !code.clean();
            }
          }
        });
  }

  boolean broken() {
    return broken;
  }

  /** Whether an evaluation is under way, so that this one is nested in it. */
  boolean busy() {
    return depth > 0;
  }

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public Thread thread() {
    return thread;
  }

  @Override
  public void end(Watchdog.Reason why) {
    if (why == Watchdog.Reason.MEMORY) {
      memoryFull = true;
    }
    broken = true;
    // Cancelling leaves nothing that could be in a half-changed state behind.
    context.close(true);
  }

  @Override
  public void close() {
    broken = true;
    context.close(true);
  }

  private interface Action<T extends @Nullable Object> {
    T run();
  }

  private <T extends @Nullable Object> T enter(
      EvaluationScope scope, Duration limit, ErrorCode onTimeout, String what, Action<T> action) {
    EvaluationScope outer = host.scope();
    if (depth == 0) {
      if (!executionId.equals(scope.execution().executionId()) || host.itemCount() > MAX_ITEMS) {
        forget();
        executionId = scope.execution().executionId();
      }
      deadline = Math.max(1, System.nanoTime() + limit.toNanos());
    }
    depth++;
    host.scope(scope);
    try {
      return action.run();
    } catch (ExpressionException raised) {
      MillraceException cause = host.takeError(raised.getMessage());
      throw cause == null ? raised : cause;
    } catch (PolyglotException failure) {
      if (memoryFull) {
        throw new ExpressionException(
            ErrorCode.SCRIPT_MEMORY, what + " needs more memory than there is", "memory");
      }
      if (failure.isCancelled() || failure.isInterrupted() || broken) {
        throw new ExpressionException(
            onTimeout, what + " took longer than " + limit.toMillis() + " ms", "timeout");
      }
      if (failure.isResourceExhausted()) {
        throw new ExpressionException(
            ErrorCode.EXPRESSION_FAILED, what + " needs too much stack or memory", "resources");
      }
      throw new ExpressionException(
          ErrorCode.EXPRESSION_SYNTAX, "invalid syntax: " + failure.getMessage(), "");
    } finally {
      host.scope(outer);
      depth--;
      if (depth == 0) {
        deadline = 0;
      }
    }
  }

  private Value function(Block block) {
    Value known = functions.get(block);
    if (known != null) {
      return known;
    }
    Source source = Source.create("js", Objects.requireNonNull(block.printed()));
    Value prepared = prepare.execute(context.eval(source));
    functions.put(block, prepared);
    return prepared;
  }

  private void forget() {
    if (host.itemCount() > 0) {
      host.forgetItems();
      forgetItems.execute();
    }
  }

  private static double millis(EvaluationScope scope) {
    return scope.now().toEpochMilli();
  }

  private int zone(EvaluationScope scope) {
    return zones.computeIfAbsent(scope.execution().zone(), any -> zones.size());
  }
}
