package dev.millrace.engine;

import dev.millrace.testing.GraphWorkflow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A workflow graph made from a seed: random kinds, settings, places and edges, with loops that are
 * bounded by a counter, now and then one that is not, pinned data and a destination.
 */
final class RandomGraph {
  private static final List<String> KINDS =
      List.of(
          "pass",
          "pass",
          "fresh",
          "if",
          "if",
          "merge",
          "merge",
          "mergeAll",
          "mergeFirst",
          "mergeAny",
          "merge3",
          "throw",
          "throw",
          "crash",
          "itemErr",
          "itemErrObject",
          "nothing",
          "wait",
          "remember",
          "sub",
          "subEach",
          "call",
          "callThrow",
          "callCrash",
          "callItemErr",
          "callNothing",
          "sib",
          "gate");

  private final Random random;
  private final List<String> kinds = new ArrayList<>();
  private final List<Boolean> errorOutputs = new ArrayList<>();
  private final GraphWorkflow workflow = new GraphWorkflow();
  private final Command.Start start;

  RandomGraph(int size, long seed) {
    this.random = new Random(seed);
    List<Runnable> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      nodes.add(node(i));
    }
    List<Runnable> edges = new ArrayList<>();
    for (int i = 1; i < size; i++) {
      edges.add(edge(random.nextInt(i), i));
      for (int input = 1; input < inputs(i); input++) {
        if (chance(80)) {
          edges.add(edge(random.nextInt(i), i, input));
        }
      }
    }
    for (int more = random.nextInt(size + 1); more > 0 && size > 1; more--) {
      int to = 1 + random.nextInt(size - 1);
      edges.add(edge(random.nextInt(to), to));
    }
    for (int i = 1; i < size; i++) {
      int from = i;
      int back = 1 + random.nextInt(i);
      if (kinds.get(i).equals("gate") || chance(4)) {
        int input = random.nextInt(inputs(back));
        edges.add(() -> workflow.edge(name(from), 0, name(back), input));
      }
      if (kinds.get(i).equals("sib") && i + 1 < size) {
        int body = i + 1 + random.nextInt(size - i - 1);
        edges.add(() -> workflow.edge(name(from), 1, name(body), 0));
        edges.add(() -> workflow.edge(name(body), 0, name(from), 0));
      }
    }
    Collections.shuffle(nodes, random);
    Collections.shuffle(edges, random);
    nodes.forEach(Runnable::run);
    edges.forEach(Runnable::run);
    Map<String, @Nullable Object> pins = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      if (chance(6)) {
        pins.put(name(i), pinned());
      }
    }
    workflow.pins(pins);
    this.start =
        TestExecution.start(
            name(0),
            chance(15) ? new Command.Destination(name(random.nextInt(size)), chance(50)) : null);
  }

  GraphWorkflow workflow() {
    return workflow;
  }

  Command.Start start() {
    return start;
  }

  private static String name(int index) {
    return "N" + index;
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private Runnable node(int index) {
    String kind = index == 0 && !chance(10) ? "trigger" : KINDS.get(random.nextInt(KINDS.size()));
    kinds.add(kind);
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    switch (kind) {
      case "trigger", "fresh" -> parameters.put("items", numbers());
      case "if" -> parameters.put("pass", numbers());
      case "itemErr", "itemErrObject", "callItemErr" -> parameters.put("bad", numbers());
      case "throw", "callThrow" -> parameters.put("failTimes", (double) random.nextInt(4));
      case "sub", "subEach" -> {
        parameters.put("fails", chance(20) ? 1.0 : 0.0);
        parameters.put("detached", chance(20) ? 1.0 : 0.0);
      }
      case "sib" -> parameters.put("batchSize", (double) (1 + random.nextInt(2)));
      case "gate" -> parameters.put("rounds", (double) random.nextInt(4));
      default -> {}
    }
    Map<String, @Nullable Object> more = new LinkedHashMap<>();
    for (String setting : List.of("alwaysOutputData", "executeOnce", "disabled")) {
      if (chance(10) && !(index == 0 && setting.equals("disabled"))) {
        more.put(setting, true);
      }
    }
    if (chance(30)) {
      more.put("retryOnFail", true);
      more.put("maxTries", (double) (2 + random.nextInt(3)));
      // Below zero is no wait at all.
      more.put("waitBetweenTries", chance(30) ? -1.0 : (double) (1 + random.nextInt(2_000)));
    }
    String onError =
        List.of("stopWorkflow", "continueRegularOutput", "continueErrorOutput")
            .get(random.nextInt(3));
    more.put("onError", onError);
    errorOutputs.add(onError.equals("continueErrorOutput"));
    double x = 100 * random.nextInt(3);
    double y = 100 * random.nextInt(3);
    return () -> workflow.node(name(index), kind, x, y, parameters, more);
  }

  private Runnable edge(int from, int to) {
    return edge(from, to, random.nextInt(inputs(to)));
  }

  private Runnable edge(int from, int to, int input) {
    int outputs =
        switch (kinds.get(from)) {
          case "if", "sib", "gate" -> 2;
          default -> 1;
        };
    int output = random.nextInt(outputs + (errorOutputs.get(from) ? 1 : 0));
    return () -> workflow.edge(name(from), output, name(to), input);
  }

  private int inputs(int index) {
    return switch (kinds.get(index)) {
      case "merge", "mergeAll", "mergeFirst", "mergeAny" -> 2;
      case "merge3" -> 3;
      default -> 1;
    };
  }

  private List<Object> numbers() {
    List<Object> numbers = new ArrayList<>();
    for (int count = random.nextInt(4); count > 0; count--) {
      numbers.add((double) (1 + random.nextInt(3)));
    }
    return numbers;
  }

  private List<Object> pinned() {
    List<Object> items = new ArrayList<>();
    for (Object number : numbers()) {
      items.add(Map.of("json", Map.of("v", number)));
    }
    return items;
  }
}
