package dev.millrace.nodes.http;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.http.ConcurrentCalls;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.OutgoingHttpException;
import dev.millrace.node.NodeCall;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Fetches page after page, as a node's parameters describe it. Used by the run's own thread. */
final class Pagination {
  /** So many equal answers in a row mean that the pages do not move on. */
  private static final int IDENTICAL = 5;

  private final NodeCall call;
  private final ExpressionEngine expressions;
  private final Map<?, ?> settings;
  private final int item;

  private Pagination(NodeCall call, ExpressionEngine expressions, Map<?, ?> settings, int item) {
    this.call = call;
    this.expressions = expressions;
    this.settings = settings;
    this.item = item;
  }

  /** Sends the request of one page. */
  @FunctionalInterface
  interface Fetch {
    Answer page(RequestDraft request, int page) throws InterruptedException;
  }

  /** The pagination of a node; null when it has none. */
  static @Nullable Pagination of(NodeCall call, ExpressionEngine expressions, int item) {
    // Its expressions mean something only once there is an answer, so they are read unresolved.
    return call.rawParameter("options.pagination.pagination") instanceof Map<?, ?> settings
            && !settings.isEmpty()
            && !"off".equals(settings.get("paginationMode"))
        ? new Pagination(call, expressions, settings, item)
        : null;
  }

  /** Statuses that end it and are no failure. */
  Set<Integer> finalStatuses() {
    Set<Integer> statuses = new TreeSet<>();
    if (!"receiveSpecificStatusCodes".equals(settings.get("paginationCompleteWhen"))) {
      return statuses;
    }
    Object listed = value(settings.get("statusCodesWhenComplete"), Map.of());
    if (!Undefined.orNull(listed)) {
      for (String status : Coercion.toText(listed).split(",", -1)) {
        if (status.strip().matches("\\d{3}")) {
          statuses.add(Integer.parseInt(status.strip()));
        }
      }
    }
    return statuses;
  }

  /** The answers of all pages, in order. */
  List<Answer> fetch(RequestDraft first, Fetch fetch) throws InterruptedException {
    List<Answer> pages = new ArrayList<>();
    Set<Integer> finalStatuses = finalStatuses();
    int identical = 1;
    while (true) {
      RequestDraft request = first.copy();
      Map<String, @Nullable Object> variables = variables(pages, request);
      if (isMode("responseContainsNextURL")) {
        if (!pages.isEmpty()) {
          followLink(request, variables);
        }
      } else {
        setParameters(request, variables);
      }
      Answer page = fetch.page(request, pages.size());
      Answer before = pages.isEmpty() ? null : pages.getLast();
      identical =
          before != null
                  && !(page.body() instanceof Answer.FileBody)
                  && page.status() == before.status()
                  && Objects.equals(page.body(), before.body())
              ? identical + 1
              : 1;
      pages.add(page);
      if (isLast(page, finalStatuses, variables(pages, request)) || pages.size() >= most(pages)) {
        return pages;
      }
      if (identical >= IDENTICAL) {
        throw HttpFailures.pagination(
            "The last " + IDENTICAL + " pages were identical, so no more are asked for",
            "Check that a parameter changes from page to page.",
            item);
      }
      pause();
    }
  }

  private boolean isMode(String mode) {
    return mode.equals(settings.get("paginationMode"));
  }

  private void followLink(RequestDraft request, Map<String, @Nullable Object> variables) {
    Object next = value(settings.get("nextURL"), variables);
    String link = Undefined.orNull(next) ? "" : Coercion.toText(next);
    try {
      // A full link carries its own query; only a relative one leans on the page before.
      HttpUrl first = HttpUrl.parse(request.url);
      HttpUrl url = link.isEmpty() ? HttpUrl.parse("") : first.resolve(link);
      if (!url.sameOrigin(first) && !request.options.secretsFollowRedirects()) {
        request.dropSecrets();
      }
      keepForeignQueryOut(request, url);
      request.url = url.toString();
    } catch (OutgoingHttpException invalid) {
      throw HttpFailures.pagination(
          "'" + link + "' is not a valid URL.",
          "Make sure the \"Next URL\" parameter evaluates to a valid URL.",
          item);
    }
  }

  /** What the link says itself is not said twice. */
  private static void keepForeignQueryOut(RequestDraft request, HttpUrl url) {
    int question = url.target().indexOf('?');
    if (question < 0) {
      return;
    }
    for (String pair : url.target().substring(question + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      request.query.remove(
          java.net.URLDecoder.decode(
              equals < 0 ? pair : pair.substring(0, equals),
              java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  private void setParameters(RequestDraft request, Map<String, @Nullable Object> variables) {
    if (!(settings.get("parameters") instanceof Map<?, ?> group)
        || !(group.get("parameters") instanceof List<?> rows)) {
      return;
    }
    for (Object row : rows) {
      if (!(row instanceof Map<?, ?> parameter)) {
        continue;
      }
      Object named = value(parameter.get("name"), variables);
      String name = Undefined.orNull(named) ? "" : Coercion.toText(named);
      Object value = value(parameter.get("value"), variables);
      if (name.isEmpty()) {
        continue;
      }
      switch (String.valueOf(parameter.get("type"))) {
        case "headers" ->
            request.header(name, Undefined.orNull(value) ? "" : Coercion.toText(value));
        case "body" -> {
          RequestContent content = request.content;
          request.content =
              (content == null ? new RequestContent.JsonContent(new LinkedHashMap<>()) : content)
                  .with(name, value);
        }
        default -> request.query.put(name, value);
      }
    }
  }

  private boolean isLast(
      Answer page, Set<Integer> finalStatuses, Map<String, @Nullable Object> variables) {
    return switch (String.valueOf(settings.get("paginationCompleteWhen"))) {
      case "receiveSpecificStatusCodes" -> finalStatuses.contains(page.status());
      case "other" -> Coercion.toBoolean(value(settings.get("completeExpression"), variables));
      default ->
          switch (page.body()) {
            case Answer.JsonBody(List<?> list) -> list.isEmpty();
            case Answer.JsonBody(Map<?, ?> object) -> object.isEmpty();
            case Answer.JsonBody(var value) -> !Coercion.toBoolean(value);
            case Answer.TextBody(String text) -> text.isEmpty();
            case Answer.FileBody(var file) -> file.bytes() == 0;
          };
    };
  }

  private int most(List<Answer> pages) {
    if (!Boolean.TRUE.equals(settings.get("limitPagesFetched"))) {
      return Integer.MAX_VALUE;
    }
    double most =
        Coercion.toNumber(
            value(settings.get("maxRequests"), Map.of("$pageCount", (double) pages.size())));
    return Double.isNaN(most) ? 100 : (int) Math.max(1, most);
  }

  private void pause() throws InterruptedException {
    double interval = Coercion.toNumber(value(settings.get("requestInterval"), Map.of()));
    if (interval > 0) {
      ConcurrentCalls.pause(Duration.ofMillis((long) interval));
    }
  }

  private static Map<String, @Nullable Object> variables(List<Answer> pages, RequestDraft request) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("$pageCount", (double) pages.size());
    variables.put("$request", request.visible());
    variables.put("$response", pages.isEmpty() ? Undefined.UNDEFINED : pages.getLast().visible());
    return variables;
  }

  private @Nullable Object value(
      @Nullable Object raw, Map<String, ? extends @Nullable Object> variables) {
    if (!(raw instanceof String text) || !text.startsWith("=")) {
      return raw;
    }
    EvaluationScope scope = call.scope(item);
    Map<String, @Nullable Object> extra = new LinkedHashMap<>(scope.extra());
    extra.putAll(variables);
    return expressions
        .compile(text)
        .evaluate(
            new EvaluationScope(
                scope.execution(),
                scope.node(),
                scope.runIndex(),
                scope.itemIndex(),
                scope.inputs(),
                scope.sources(),
                scope.now(),
                scope.parameters(),
                extra));
  }
}
