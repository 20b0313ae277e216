package dev.millrace.node;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run changes in its node's context. A change is stored with every run, so one that is as
 * small as what the run did keeps a loop of many runs from growing with the square of its items.
 */
public sealed interface ContextChange {

  /** The context from now on. Neither the context before nor the change is changed by it. */
  Map<String, @Nullable Object> applyTo(Map<String, @Nullable Object> before);

  /** These values and no others. */
  record Whole(Map<String, @Nullable Object> values) implements ContextChange {
    @Override
    public Map<String, @Nullable Object> applyTo(Map<String, @Nullable Object> before) {
      return values;
    }
  }

  /**
   * Some values anew, some lists shorter in front and longer at the end; the rest stays.
   *
   * @param lists by name; a value that is no list counts as an empty one
   */
  record Part(Map<String, @Nullable Object> values, Map<String, Queue> lists)
      implements ContextChange {
    @Override
    public Map<String, @Nullable Object> applyTo(Map<String, @Nullable Object> before) {
      Map<String, @Nullable Object> context = new LinkedHashMap<>(before);
      context.putAll(values);
      lists.forEach((name, change) -> context.put(name, change.applyTo(before.get(name))));
      return context;
    }

    /** As a JSON object: {@code {"values": {…}, "lists": {name: {"taken": n, "added": […]}}}}. */
    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> forms = new LinkedHashMap<>();
      lists.forEach((name, change) ->
          forms.put(name, Map.of("taken", (double) change.taken(), "added", change.added())));
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("values", values);
      json.put("lists", forms);
      return json;
    }

    /** Reads what {@link #toJson} wrote; what is missing changes nothing. */
    public static Part fromJson(Map<String, @Nullable Object> json) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      if (json.get("values") instanceof Map<?, ?> map) {
        map.forEach((name, value) -> values.put((String) name, value));
      }
      Map<String, Queue> lists = new LinkedHashMap<>();
      if (json.get("lists") instanceof Map<?, ?> map) {
        map.forEach((name, form) -> {
          if (form instanceof Map<?, ?> change) {
            lists.put((String) name, Queue.fromJson(change));
          }
        });
      }
      return new Part(values, lists);
    }
  }

  /**
   * A list that loses elements in front and wins others at the end.
   *
   * @param taken how many it loses, at most all
   */
  record Queue(int taken, List<@Nullable Object> added) {
    private List<@Nullable Object> applyTo(@Nullable Object before) {
      return GrowingList.of(before instanceof List<?> list ? list : List.of())
          .without(taken)
          .with(added);
    }

    private static Queue fromJson(Map<?, ?> form) {
      return new Queue(
          form.get("taken") instanceof Number taken ? taken.intValue() : 0,
          form.get("added") instanceof List<?> added ? new ArrayList<>(added) : List.of());
    }
  }
}
