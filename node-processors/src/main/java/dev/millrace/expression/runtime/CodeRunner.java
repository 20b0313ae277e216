package dev.millrace.expression.runtime;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/** Runs the JavaScript of Code nodes in one context. */
public final class CodeRunner {
  /**
   * What to run.
   *
   * @param items what the names {@code items} and {@code item} hold
   */
  public record Request(String code, EvaluationScope scope, boolean perItem, List<Item> items) {}

  /** What the run left behind; see {@code ExpressionEngine.CodeResult}. */
  public record Run(
      @Nullable Object returned,
      List<String> console,
      Map<String, String> customData,
      @Nullable Map<String, @Nullable Object> staticData) {}

  /** A parsed code and the free names that it is given. */
  private record Parsed(Value factory, String names) {}

  private static final Pattern WORD = Pattern.compile("\\$?[A-Za-z_][A-Za-z0-9_]*|\\$");
  private static final Pattern V8_READ =
      Pattern.compile("Cannot read property '([^']*)' of (undefined|null)");
  private static final Pattern V8_SET =
      Pattern.compile("Cannot set property '([^']*)' of (undefined|null)");

  private final Context context;
  private final Value begin;
  private final Value step;
  private final Value end;
  private final List<String> known;
  private final Host host;
  private final Map<String, Parsed> parsed;
  private boolean clean = true;

  CodeRunner(Context context, Value runtime, Host host, int cacheSize) {
    this.context = context;
    this.host = host;
    begin = runtime.getMember("begin");
    step = runtime.getMember("step");
    end = runtime.getMember("end");
    known = List.of(runtime.getMember("names").asString().split(","));
    parsed =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Parsed> eldest) {
            return size() > cacheSize;
          }
        };
  }

  Run run(Request request, double now, int zone) {
    Parsed code = parsed(request.code());
    host.startClock();
    begin.execute(
        code.factory(), code.names(), now, zone, host.handles(request.items()), request.perItem());
    while (step.execute().asBoolean()) {
      // Each step runs one timer, and then everything that waited for it.
    }
    Value result = end.execute();
    clean = result.getMember("clean").asBoolean();
    if (!result.getMember("ok").asBoolean()) {
      throw failure(result);
    }
    return new Run(
        returned(result.getMember("returned")),
        strings(result.getMember("console")),
        customData(result.getMember("customData")),
        staticData(result.getMember("staticData")));
  }

  /** Whether the last run left no global variable behind that could not be deleted. */
  boolean clean() {
    return clean;
  }

  private Parsed parsed(String code) {
    Parsed cached = parsed.get(code);
    if (cached != null) {
      return cached;
    }
    List<String> used = new ArrayList<>();
    Matcher words = WORD.matcher(code);
    while (words.find()) {
      if (known.contains(words.group()) && !used.contains(words.group())) {
        used.add(words.group());
      }
    }
    String names = String.join(",", used);
    // The user's first line is line 2: the names are parameters of an outer function, so that the
    // code may declare variables of the same name.
    String text = "(function(" + names + "){return async function(){\n" + code + "\n}})";
    try {
      Parsed fresh =
          new Parsed(context.eval(Source.newBuilder("js", text, "code.js").buildLiteral()), names);
      parsed.put(code, fresh);
      return fresh;
    } catch (PolyglotException syntax) {
      if (!syntax.isSyntaxError()) {
        throw syntax;
      }
      int line =
          syntax.getSourceLocation() == null ? 0 : syntax.getSourceLocation().getStartLine() - 1;
      String message = String.valueOf(syntax.getMessage());
      int end = message.indexOf('\n');
      String first = end < 0 ? message : message.substring(0, end);
      first = first.replaceFirst("^SyntaxError: code\\.js:\\d+:\\d+ ", "SyntaxError: ");
      throw new ExpressionException(
          ErrorCode.CODE_FAILED, first + (line > 0 ? " [line " + line + "]" : ""), "syntax");
    }
  }

  private MillraceException failure(Value result) {
    String message = result.getMember("message").asString();
    int line = result.getMember("line").asInt();
    MillraceException cause = host.takeError(message);
    ErrorCode code =
        result.getMember("kind").asString().equals("forbidden")
            ? ErrorCode.EXPRESSION_FORBIDDEN
            : ErrorCode.CODE_FAILED;
    String text = readable(message) + (line > 0 ? " [line " + line + "]" : "");
    Map<String, String> stored = customData(result.getMember("customData"));
    return cause instanceof ExpressionException known
        ? known.raisedByCode(code, text, stored)
        : new ExpressionException(code, text, "", stored);
  }

  /** The words that people know from other JavaScript engines. */
  private static String readable(String message) {
    String read =
        V8_READ.matcher(message).replaceAll("Cannot read properties of $2 (reading '$1')");
    return V8_SET.matcher(read).replaceAll("Cannot set properties of $2 (setting '$1')");
  }

  private static @Nullable Object returned(Value json) {
    return json.isNull() ? Undefined.UNDEFINED : Json.parse(json.asString());
  }

  private static List<String> strings(Value list) {
    List<String> strings = new ArrayList<>();
    for (long i = 0; i < list.getArraySize(); i++) {
      strings.add(list.getArrayElement(i).asString());
    }
    return List.copyOf(strings);
  }

  private static Map<String, String> customData(@Nullable Value json) {
    Map<String, String> data = new LinkedHashMap<>();
    if (json != null && !json.isNull() && Json.parse(json.asString()) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> data.put(String.valueOf(key), String.valueOf(value)));
    }
    return data;
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Map<String, @Nullable Object> staticData(Value json) {
    return json.isNull() ? null : (Map<String, @Nullable Object>) Json.parse(json.asString());
  }
}
