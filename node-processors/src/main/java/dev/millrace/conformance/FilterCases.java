package dev.millrace.conformance;

import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.node.NodeException;
import dev.millrace.parameter.Conditions;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the condition vectors: one condition each, with its result. */
public final class FilterCases implements CaseSuite {
  @Override
  public List<Case> read(Path file) {
    List<Case> cases = new ArrayList<>();
    if (content(file).get("vectors") instanceof List<?> vectors) {
      for (int i = 0; i < vectors.size(); i++) {
        if (vectors.get(i) instanceof Map<?, ?> form) {
          cases.add(new Vector(i + " " + Json.text(form), form));
        }
      }
    }
    return cases;
  }

  /** One vector; one without a version is run under all three. */
  private record Vector(String name, Map<?, ?> form) implements Case {
    @Override
    public CaseResult run() {
      try {
        return FilterCases.run(name, form);
      } catch (RuntimeException defect) {
        return new CaseResult(name, Verdict.FAILED, defect.toString());
      }
    }
  }

  static Map<String, @Nullable Object> content(Path file) {
    try {
      return Json.parseObject(Files.readAllBytes(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static CaseResult run(String name, Map<?, ?> vector) {
    Object expected = vector.get("result");
    int[] versions =
        vector.get("version") instanceof Number version
            ? new int[] {version.intValue()}
            : new int[] {1, 2, 3};
    for (int version : versions) {
      Object actual = evaluate(vector, version);
      if (!actual.equals(
          expected instanceof Boolean || "error".equals(expected) ? expected : false)) {
        return new CaseResult(
            name, Verdict.FAILED, "version " + version + " gives " + actual + ", not " + expected);
      }
    }
    return new CaseResult(name, Verdict.PASSED, "");
  }

  private static Object evaluate(Map<?, ?> vector, int version) {
    Map<String, Object> operator =
        "array".equals(vector.get("type"))
            ? Map.of(
                "type",
                "array",
                "operation",
                String.valueOf(vector.get("operation")),
                "rightType",
                String.valueOf(vector.get("operation")).startsWith("length") ? "number" : "any")
            : Map.of(
                "type", String.valueOf(vector.get("type")),
                "operation", String.valueOf(vector.get("operation")));
    Conditions conditions =
        Conditions.compile(
            Map.of("combinator", "and", "conditions", List.of(Map.of("operator", operator))),
            new Conditions.Options(
                Boolean.TRUE.equals(vector.get("caseSensitive")),
                "strict".equals(vector.get("typeValidation")),
                version));
    try {
      return conditions.test(
          new Conditions.Operands() {
            @Override
            public @Nullable Object left(int condition) {
              return value(vector, "left");
            }

            @Override
            public @Nullable Object right(int condition) {
              return value(vector, "right");
            }
          },
          0);
    } catch (NodeException typeError) {
      return "error";
    }
  }

  private static @Nullable Object value(Map<?, ?> vector, String side) {
    Object value = vector.containsKey(side) ? vector.get(side) : Undefined.UNDEFINED;
    if ("__undefined__".equals(value)) {
      return Undefined.UNDEFINED;
    }
    return "__NaN__".equals(value) ? (Object) Double.NaN : value;
  }
}
