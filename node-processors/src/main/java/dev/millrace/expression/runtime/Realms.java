package dev.millrace.expression.runtime;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionException;
import dev.millrace.expression.ExpressionSettings;
import dev.millrace.expression.js.Block;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.graalvm.polyglot.Engine;
import org.jspecify.annotations.Nullable;

/**
 * The JavaScript contexts: one for each platform thread that evaluates, made when it first does.
 * Virtual threads, which GraalJS does not run on, hand over to a few platform threads. Thread-safe.
 */
public final class Realms implements AutoCloseable {
  private record Owned(WeakReference<Thread> thread, Realm realm) {}

  private final ExpressionSettings settings;
  private final BiFunction<String, EvaluationScope, @Nullable Object> evaluator;
  private final UnaryOperator<@Nullable String> environment;
  private final Engine engine;
  private final Sources sources = Sources.load();
  private final Watchdog watchdog;
  private final List<Owned> all = new CopyOnWriteArrayList<>();

  // A context belongs to a thread and to an engine; engines are closed one by one.
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<@Nullable Realm> own = new ThreadLocal<>();

  private final ExecutorService carriers;
  private volatile boolean closed;

  /**
   * @param evaluator evaluates a template, for {@code $evaluateExpression}
   */
  public Realms(
      ExpressionSettings settings,
      BiFunction<String, EvaluationScope, @Nullable Object> evaluator) {
    this(settings, evaluator, new ProcessHeap());
  }

  Realms(
      ExpressionSettings settings,
      BiFunction<String, EvaluationScope, @Nullable Object> evaluator,
      HeapWatch.Heap heap) {
    watchdog = new Watchdog(new HeapWatch(heap));
    this.settings = settings;
    this.evaluator = evaluator;
    environment = settings.environmentAccess() ? System::getenv : Realms::blockedEnvironment;
    engine =
        Engine.newBuilder("js")
            .in(java.io.InputStream.nullInputStream())
            .out(OutputStream.nullOutputStream())
            .err(OutputStream.nullOutputStream())
            // The compiler must match the JDK to the patch; interpreted is what we run everywhere.
            .option("engine.WarnInterpreterOnly", "false")
            .build();
    carriers =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().daemon().name("javascript-", 0).factory());
  }

  public @Nullable Object evaluate(Block block, EvaluationScope scope, boolean asText) {
    if (Thread.currentThread().isVirtual()) {
      return handOver(() -> evaluate(block, scope, asText));
    }
    Realm realm = realm();
    try {
      return realm.evaluate(block, scope, asText, settings.expressionLimit());
    } finally {
      dropIfBroken(realm);
    }
  }

  public CodeRunner.Run runCode(CodeRunner.Request request) {
    if (Thread.currentThread().isVirtual()) {
      return handOver(() -> runCode(request));
    }
    Realm realm = realm();
    try {
      return realm.runCode(request, settings.codeLimit());
    } finally {
      dropIfBroken(realm);
    }
  }

  /** Makes this thread's context, which otherwise its first evaluation has to wait for. */
  public void warmUp() {
    if (Thread.currentThread().isVirtual()) {
      handOver(() -> {
        realm();
        return null;
      });
    } else {
      realm();
    }
  }

  /** The names of the extension methods that JavaScript has. */
  public Set<String> extensionNames() {
    return realm().extensionNames();
  }

  @Override
  public void close() {
    closed = true;
    carriers.shutdownNow();
    watchdog.close();
    all.forEach(owned -> owned.realm().close());
    all.clear();
    engine.close(true);
  }

  private Realm realm() {
    Realm realm = own.get();
    if (realm != null && !realm.broken()) {
      return realm;
    }
    if (closed) {
      throw new IllegalStateException("the expression engine is closed");
    }
    discardAbandoned();
    Host host = new Host(environment, evaluator);
    Realm made = new Realm(engine, sources, host, settings.processZone(), settings.cacheSize());
    own.set(made);
    all.add(new Owned(new WeakReference<>(Thread.currentThread()), made));
    watchdog.add(made);
    return made;
  }

  /** Lets go of a context that was ended, so that all that it holds can be collected. */
  private void dropIfBroken(Realm realm) {
    if (realm.broken() && !realm.busy()) {
      own.remove();
      watchdog.remove(realm);
      realm.close();
      all.removeIf(owned -> owned.realm() == realm);
    }
  }

  /** Closes the contexts of threads that have ended, and forgets those that were cancelled. */
  private void discardAbandoned() {
    all.removeIf(owned -> {
      Thread thread = owned.thread().get();
      boolean ended = thread == null || !thread.isAlive();
      if (ended) {
        owned.realm().close();
      }
      if (owned.realm().broken()) {
        watchdog.remove(owned.realm());
        return true;
      }
      return false;
    });
  }

  private <T extends @Nullable Object> T handOver(Callable<T> task) {
    try {
      return carriers.submit(task).get();
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof MillraceException known) {
        throw known;
      }
      throw new IllegalStateException(failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private static @Nullable String blockedEnvironment(@Nullable String name) {
    throw ExpressionException.failed("access to env vars denied", "env_access_blocked");
  }
}
