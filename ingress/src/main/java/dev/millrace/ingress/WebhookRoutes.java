package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which webhook serves which method and path: an immutable snapshot of what is active. */
final class WebhookRoutes {
  /**
   * The webhooks of one active workflow.
   *
   * @param since when the workflow was first published: an older one keeps its paths
   */
  record Published(String workflowId, long since, List<Webhook> webhooks) {}

  /** What a request meets. */
  sealed interface Match {
    /** A webhook, with the values of its path's parameters. */
    record Found(Webhook webhook, Map<String, @Nullable Object> params) implements Match {}

    /** A known path, under these methods only. */
    record OtherMethods(List<String> methods) implements Match {}

    /** Nothing. */
    record Nothing() implements Match {}
  }

  static final WebhookRoutes EMPTY = of(List.of(), List.of());
  private static final Match.Nothing NOTHING = new Match.Nothing();

  /** A dynamic path, cut at its slashes. */
  private record Pattern(Webhook webhook, String[] segments, int statics) {}

  private record DynamicKey(String webhookId, String method, int segments) {}

  private final Map<String, Map<String, Match.Found>> byPath;
  private final Map<DynamicKey, List<Pattern>> dynamic;
  private final List<WebhookProblem> problems;

  private WebhookRoutes(
      Map<String, Map<String, Match.Found>> byPath,
      Map<DynamicKey, List<Pattern>> dynamic,
      List<WebhookProblem> problems) {
    this.byPath = byPath;
    this.dynamic = dynamic;
    this.problems = problems;
  }

  /**
   * Where two workflows want the same method and path, the one published first has it.
   *
   * @param knownProblems webhooks that already had to be left out
   */
  static WebhookRoutes of(Collection<Published> workflows, List<WebhookProblem> knownProblems) {
    Map<String, Map<String, Match.Found>> byPath = new HashMap<>();
    Map<DynamicKey, List<Pattern>> dynamic = new HashMap<>();
    List<WebhookProblem> problems = new ArrayList<>(knownProblems);
    workflows.stream()
        .sorted(Comparator.comparingLong(Published::since).thenComparing(Published::workflowId))
        .flatMap(workflow -> workflow.webhooks().stream())
        .forEach(webhook -> {
          for (String method : webhook.methods()) {
            Webhook holder =
                webhook.dynamic()
                    ? addDynamic(dynamic, method, webhook)
                    : addStatic(byPath, method, webhook);
            if (holder != null) {
              problems.add(conflict(method, webhook, holder));
            }
          }
        });
    dynamic
        .values()
        .forEach(patterns -> patterns.sort(Comparator.comparingInt(Pattern::statics).reversed()));
    return new WebhookRoutes(byPath, dynamic, List.copyOf(problems));
  }

  private static @Nullable Webhook addStatic(
      Map<String, Map<String, Match.Found>> byPath, String method, Webhook webhook) {
    Match.Found holder =
        byPath
            .computeIfAbsent(webhook.path(), path -> new LinkedHashMap<>())
            .putIfAbsent(method, new Match.Found(webhook, Map.of()));
    return holder == null ? null : holder.webhook();
  }

  private static @Nullable Webhook addDynamic(
      Map<DynamicKey, List<Pattern>> dynamic, String method, Webhook webhook) {
    String[] segments = webhook.path().split("/", -1);
    int statics = 0;
    for (String segment : segments) {
      statics += segment.startsWith(":") ? 0 : 1;
    }
    List<Pattern> patterns =
        dynamic.computeIfAbsent(
            new DynamicKey(segments[0], method, segments.length), key -> new ArrayList<>());
    for (Pattern pattern : patterns) {
      if (sameShape(pattern.segments(), segments)) {
        return pattern.webhook();
      }
    }
    patterns.add(new Pattern(webhook, segments, statics));
    return null;
  }

  private static boolean sameShape(String[] one, String[] other) {
    for (int i = 0; i < one.length; i++) {
      boolean parameters = one[i].startsWith(":") && other[i].startsWith(":");
      if (!parameters && !one[i].equals(other[i])) {
        return false;
      }
    }
    return true;
  }

  private static WebhookProblem conflict(String method, Webhook webhook, Webhook holder) {
    return new WebhookProblem(
        webhook.workflowId(),
        webhook.node(),
        ErrorCode.WEBHOOK_CONFLICT,
        method
            + " /webhook/"
            + webhook.path()
            + " of node \""
            + webhook.node()
            + "\" in workflow "
            + webhook.workflowId()
            + " already belongs to node \""
            + holder.node()
            + "\" in workflow "
            + holder.workflowId());
  }

  /** Looks a request up; the path comes decoded and without slashes around it. */
  Match find(String method, String path) {
    Map<String, Match.Found> methods = byPath.get(path);
    if (methods != null) {
      Match.Found found = methods.get(method);
      if (found != null) {
        return found;
      }
    }
    if (!dynamic.isEmpty()) {
      String[] segments = path.split("/", -1);
      Match found = findDynamic(method, segments);
      if (found != null) {
        return found;
      }
    }
    List<String> others = methodsOf(path);
    return others.isEmpty() ? NOTHING : new Match.OtherMethods(others);
  }

  private @Nullable Match findDynamic(String method, String[] segments) {
    List<Pattern> patterns = dynamic.get(new DynamicKey(segments[0], method, segments.length));
    if (patterns == null) {
      return null;
    }
    for (Pattern pattern : patterns) {
      Map<String, @Nullable Object> params = new LinkedHashMap<>();
      boolean matches = true;
      for (int i = 0; i < segments.length && matches; i++) {
        String expected = pattern.segments()[i];
        if (expected.startsWith(":")) {
          params.put(expected.substring(1), segments[i]);
          matches = !segments[i].isEmpty();
        } else {
          matches = expected.equals(segments[i]);
        }
      }
      if (matches) {
        return new Match.Found(pattern.webhook(), params);
      }
    }
    return null;
  }

  /** The methods under which a path is served, sorted. */
  List<String> methodsOf(String path) {
    SequencedSet<String> methods = new TreeSet<>();
    methods.addAll(byPath.getOrDefault(path, Map.of()).keySet());
    String[] segments = path.split("/", -1);
    for (DynamicKey key : dynamic.keySet()) {
      if (key.segments() == segments.length
          && key.webhookId().equals(segments[0])
          && findDynamic(key.method(), segments) != null) {
        methods.add(key.method());
      }
    }
    return List.copyOf(methods);
  }

  /** The webhooks that are not served. */
  List<WebhookProblem> problems() {
    return problems;
  }
}
