package dev.millrace.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PropertyPathTest {
  private static Map<String, @Nullable Object> object(String json) {
    return Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":{\"b\":1}} | a.b | 1",
        "{\"a.b\":2,\"a\":{\"b\":1}} | a.b | 2",
        "{\"a\":[{\"b\":3}]} | a[0].b | 3",
        "{\"a\":[{\"b\":3}]} | a.0.b | 3",
        "{\"a\":{\"x.y\":4}} | a[\"x.y\"] | 4",
        "{\"x.y\":5} | [\"x.y\"] | 5",
        "{\"a\":null} | a | null",
        "{\"a\":null} | a.b | undefined",
        "{\"a\":[1]} | a[1] | undefined",
        "{\"a\":[1,2]} | a.length | 2"
      })
  void reads(String json, String path, String expected) {
    assertThat(Coercion.toText(PropertyPath.get(object(json), path))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | a.b | {\"a\":{\"b\":true}}",
        "{} | a[1] | {\"a\":[null,true]}",
        "{\"a\":[\"x\"]} | a[1] | {\"a\":[\"x\",true]}",
        "{\"a.b\":1} | a.b | {\"a.b\":true}",
        "{\"a\":\"text\"} | a.b | {\"a\":{\"b\":true}}",
        "{\"a\":{\"c\":1}} | a.b.d | {\"a\":{\"c\":1,\"b\":{\"d\":true}}}",
      })
  void writes(String json, String path, String expected) {
    Map<String, @Nullable Object> target = object(json);
    PropertyPath.set(target, path, true);
    assertThat(target).isEqualTo(object(expected));
  }

  @Test
  void doesNotChangeSharedValues() {
    Map<String, @Nullable Object> inner = Map.of("b", 1.0);
    Map<String, @Nullable Object> target = new LinkedHashMap<>(Map.of("a", inner));
    PropertyPath.set(target, "a.c", 2.0);
    PropertyPath.remove(target, "a.b");
    assertThat(inner).isEqualTo(Map.of("b", 1.0));
    assertThat(target).isEqualTo(Map.of("a", Map.of("c", 2.0)));
  }

  @Test
  void refusesAnEndlessList() {
    assertThatThrownBy(() -> PropertyPath.set(new LinkedHashMap<>(), "a[900000000]", 1.0))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("900000000");
  }

  @Test
  void removesFromLists() {
    Map<String, @Nullable Object> target = object("{\"a\":[{\"b\":1,\"c\":2}]}");
    PropertyPath.remove(target, "a[0].b");
    PropertyPath.remove(target, "missing.too");
    assertThat(target).isEqualTo(Map.of("a", List.of(Map.of("c", 2.0))));
  }
}
