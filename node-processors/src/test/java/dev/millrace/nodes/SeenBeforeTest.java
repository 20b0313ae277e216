package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.StateScope;
import dev.millrace.nodes.transform.RemoveDuplicates;
import dev.millrace.workflow.WorkflowDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Remove Duplicates over several executions, beside plain models of what they have seen. */
class SeenBeforeTest {
  private static final String NEW = "removeItemsWithAlreadySeenKeyValues";
  private static final String HIGHER = "removeItemsUpToStoredIncrementalKey";
  private static final String LATER = "removeItemsUpToStoredDate";

  private final KeyedNode node = new RemoveDuplicates();
  private final JsExpressionEngine expressions = new JsExpressionEngine();
  private int executions;

  private FakeCall call(
      String operation, String logic, Map<String, Object> options, List<?> input) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("operation", operation);
    parameters.put("logic", logic);
    parameters.put("options", options);
    parameters.put("dedupeValue", "={{ $json.v }}");
    parameters.put("incrementalDedupeValue", "={{ $json.v }}");
    parameters.put("dateDedupeValue", "={{ $json.v }}");
    WorkflowDocument workflow =
        WorkflowDocument.of(
            Map.of(
                "nodes",
                List.of(
                    Map.of(
                        "id",
                        "n-1",
                        "name",
                        "Once",
                        "type",
                        "n8n-nodes-base.removeDuplicates",
                        "typeVersion",
                        2.0,
                        "position",
                        List.of(0.0, 0.0),
                        "parameters",
                        parameters))));
    List<Item> items = new ArrayList<>();
    input.forEach(v -> items.add(Item.of(Map.of("v", v))));
    return new FakeCall(
        node.spec(),
        workflow.nodes().getFirst(),
        items,
        new FakeExecution(workflow).id("e-" + executions),
        expressions);
  }

  private List<Object> run(
      MemoryState state, String logic, Map<String, Object> options, List<?> input) {
    return answered(
        node.run(call("removeItemsSeenInPreviousExecutions", logic, options, input), state)
            .outputs());
  }

  private static List<Object> answered(@Nullable List<@Nullable List<Item>> outputs) {
    List<Object> values = new ArrayList<>();
    Objects.requireNonNull(Objects.requireNonNull(outputs).getFirst())
        .forEach(item -> values.add(Objects.requireNonNull(item.json().get("v"))));
    return values;
  }

  private void clear(MemoryState state) {
    executions++;
    node.run(call("clearDeduplicationHistory", NEW, Map.of(), List.of()), state);
  }

  /** One execution, or the clearing of the history, or the last execution once more. */
  record Step(Kind kind, List<Integer> values, int history) {
    enum Kind {
      RUN,
      AGAIN,
      CLEAR
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.frequency(
                net.jqwik.api.Tuple.of(8, Step.Kind.RUN),
                net.jqwik.api.Tuple.of(3, Step.Kind.AGAIN),
                net.jqwik.api.Tuple.of(1, Step.Kind.CLEAR)),
            Arbitraries.integers().between(0, 12).list().ofMaxSize(7),
            Arbitraries.integers().between(1, 6))
        .as(Step::new)
        .list()
        .ofMaxSize(25);
  }

  private static List<Double> numbers(List<Integer> values) {
    return values.stream().map(Integer::doubleValue).toList();
  }

  @Property(tries = 300)
  void newValuesAreThoseOutsideOfTheHistory(@ForAll("steps") List<Step> steps) {
    MemoryState state = new MemoryState();
    List<Double> history = new ArrayList<>();
    List<Object> last = List.of();
    Step run = new Step(Step.Kind.RUN, List.of(), 1);
    boolean repeatable = false;
    for (Step step : steps) {
      switch (step.kind()) {
        case CLEAR -> {
          clear(state);
          history.clear();
          repeatable = false;
        }
        case AGAIN -> {
          if (repeatable) {
            assertThat(run(state, NEW, Map.of("historySize", run.history()), numbers(run.values())))
                .isEqualTo(last);
          }
        }
        case RUN -> {
          executions++;
          shorten(history, step.history());
          List<Object> expected = new ArrayList<>();
          Set<Double> fresh = new LinkedHashSet<>();
          for (Double value : numbers(step.values())) {
            if (!history.contains(value)) {
              expected.add(value);
              fresh.add(value);
            }
          }
          history.addAll(fresh);
          shorten(history, step.history());

          last = run(state, NEW, Map.of("historySize", step.history()), numbers(step.values()));

          assertThat(last).isEqualTo(expected);
          run = step;
          repeatable = true;
        }
      }
    }
  }

  private static void shorten(List<Double> history, int size) {
    while (history.size() > size) {
      history.removeFirst();
    }
  }

  @Property(tries = 200)
  void higherValuesAreThoseAboveAllOfEarlierExecutions(@ForAll("steps") List<Step> steps) {
    MemoryState state = new MemoryState();
    double highest = Double.NEGATIVE_INFINITY;
    List<Object> last = List.of();
    Step run = new Step(Step.Kind.AGAIN, List.of(), 1);
    for (Step step : steps) {
      switch (step.kind()) {
        case CLEAR -> {
          clear(state);
          highest = Double.NEGATIVE_INFINITY;
          run = step;
        }
        case AGAIN -> {
          if (run.kind() == Step.Kind.RUN) {
            assertThat(run(state, HIGHER, Map.of(), numbers(run.values()))).isEqualTo(last);
          }
        }
        case RUN -> {
          executions++;
          double before = highest;
          List<Double> values = numbers(step.values());
          last = run(state, HIGHER, Map.of(), values);
          assertThat(last).isEqualTo(values.stream().filter(v -> v > before).toList());
          highest = values.stream().reduce(before, Math::max);
          run = step;
        }
      }
    }
  }

  @Test
  void laterDatesAreComparedAsTimes() {
    MemoryState state = new MemoryState();
    assertThat(run(state, LATER, Map.of(), List.of("2026-01-01T12:00:00Z"))).hasSize(1);
    executions++;
    assertThat(
            run(
                state,
                LATER,
                Map.of(),
                List.of(
                    "2026-01-01T13:00:00+02:00",
                    "2026-01-01T13:00:00+01:00",
                    "2026-01-01T12:00:00.001Z",
                    1767268800001.0)))
        .containsExactly("2026-01-01T12:00:00.001Z", 1767268800001.0);
  }

  @Test
  void aLogicHasItsOwnMemoryAndClearingEndsAll() {
    MemoryState state = new MemoryState();
    run(state, NEW, Map.of(), List.of(5.0));
    run(state, HIGHER, Map.of(), List.of(9.0));
    executions++;
    assertThat(run(state, NEW, Map.of(), List.of(9.0))).containsExactly(9.0);

    clear(state);

    executions++;
    assertThat(run(state, NEW, Map.of(), List.of(5.0))).containsExactly(5.0);
    assertThat(run(state, HIGHER, Map.of(), List.of(1.0))).containsExactly(1.0);
  }

  @Test
  void theStateStaysAsLongAsTheHistory() {
    MemoryState state = new MemoryState();
    for (int i = 0; i < 300; i++) {
      int from = 10 * i;
      executions++;
      run(
          state,
          NEW,
          Map.of("historySize", 50),
          IntStream.range(from, from + 10).mapToObj(v -> (double) v).toList());
    }
    // Two entries for each value, those of the last run but one, and the history itself.
    assertThat(state.size()).isLessThanOrEqualTo(2 * 60 + 1);
  }

  @Test
  void aLongHistoryIsForgottenAtOnceAndDeletedLittleByLittle() {
    MemoryState state = new MemoryState();
    run(state, NEW, Map.of(), IntStream.range(0, 5_000).mapToObj(v -> (double) v).toList());
    int full = state.size();
    clear(state);
    assertThat(state.size()).isGreaterThan(full / 2);

    executions++;
    assertThat(run(state, NEW, Map.of(), List.of(4_999.0))).hasSize(1);
    for (int i = 0; i < 5; i++) {
      executions++;
      assertThat(run(state, NEW, Map.of(), List.of(4_999.0))).isEmpty();
    }
    assertThat(state.size()).isEqualTo(3);
  }

  @Test
  void textAndNumberAreOneValueAndALongOneTakesNoMoreRoom() {
    MemoryState state = new MemoryState();
    assertThat(run(state, NEW, Map.of(), List.of(7.0))).hasSize(1);
    executions++;
    assertThat(run(state, NEW, Map.of(), List.of("7", "x".repeat(1 << 20)))).hasSize(1);
    assertThat(state.size()).isEqualTo(5);
  }

  @Test
  void theScopeIsTheNodeOrTheWorkflow() {
    assertThat(scope(Map.of())).isEqualTo("remove-duplicates/node/n-1");
    assertThat(scope(Map.of("scope", "workflow"))).isEqualTo("remove-duplicates/workflow");
    assertThat(node.scope(call("removeDuplicateInputItems", NEW, Map.of(), List.of()))).isNull();
  }

  private String scope(Map<String, Object> options) {
    StateScope scope =
        node.scope(call("removeItemsSeenInPreviousExecutions", NEW, options, List.of()));
    return Objects.requireNonNull(scope).name();
  }

  @Test
  void anEntryThatIsTooLargeIsRefused() {
    assertThatThrownBy(() -> new MemoryState().put("k", new byte[(1 << 20) + 1]))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.STATE_TOO_LARGE));
  }
}
