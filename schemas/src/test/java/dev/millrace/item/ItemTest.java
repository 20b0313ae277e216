package dev.millrace.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ItemTest {
  @Test
  void everyFormOfLineageIsRead() {
    assertThat(pairing("3")).isEqualTo(Pairing.to(3));
    assertThat(pairing("{\"item\":2}")).isEqualTo(Pairing.to(2));
    assertThat(pairing("{\"item\":2,\"input\":1}")).isEqualTo(Pairing.to(2, 1));
    assertThat(pairing("[1,{\"item\":2,\"input\":1}]"))
        .isEqualTo(Pairing.to(List.of(PairedItem.of(1), PairedItem.of(2, 1))));
    assertThat(pairing("[]")).isEqualTo(Pairing.to(List.of()));
    assertThat(pairing("null")).isNull();
    assertThat(pairing("\"x\"")).isNull();
  }

  @Test
  void itsJsonFormComesBack() {
    String form =
        """
        {"json":{"a":[1,null]},"binary":{"z":{"mimeType":"text/plain","fileName":"f","bytes":5,\
        "data":"aGVsbG8="},"a":{"mimeType":"image/png","data":"s3","id":"s3:x"}},\
        "pairedItem":[{"item":1},{"item":2,"input":1,"sourceOverwrite":{"previousNode":"L",\
        "previousNodeOutput":1,"previousNodeRun":4}}],"error":{"message":"no"}}\
        """;

    Item item = Item.fromJson(Json.parseObject(form.getBytes(StandardCharsets.UTF_8)));

    assertThat(item).hasToString(form);
  }

  @Test
  void filesKeepTheirOrder() {
    Map<String, BinaryData> files = new LinkedHashMap<>();
    for (String name : List.of("z", "y", "a", "m", "b", "x")) {
      files.put(name, BinaryData.fromJson(Map.of("data", name)));
    }
    Item item = Item.empty().withBinary(files);

    files.clear();
    assertThat(item.binary().keySet()).containsExactly("z", "y", "a", "m", "b", "x");
    assertThatThrownBy(() -> item.binary().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aChangeMakesAnotherItemAndKeepsTheRest() {
    Item item = Item.of(Map.of("a", 1.0)).withPairing(Pairing.to(1)).withError(Map.of("m", "e"));

    Item changed = item.withJson(Map.of("b", 2.0));

    assertThat(item.json()).isEqualTo(Map.of("a", 1.0));
    assertThat(changed.jsonBytes()).isEqualTo("{\"b\":2}".getBytes(StandardCharsets.UTF_8));
    assertThat(changed.pairing()).isEqualTo(item.pairing());
    assertThat(changed.error()).isEqualTo(item.error());
    assertThat(item.withPairing(Pairing.to(1))).isSameAs(item);
  }

  @Test
  void bytesAreParsedWhenTheyAreLookedAt() {
    Item broken = Item.ofBytes(new byte[] {'{'}, Map.of(), null, null);

    assertThat(broken.jsonBytes()).hasSize(1);
    assertThatThrownBy(broken::json)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_JSON));
  }

  @Test
  void anItemWhoseJsonIsNoObjectIsRefused() {
    assertThatThrownBy(() -> Item.fromJson(Map.of("json", "text")))
        .isInstanceOf(MillraceException.class);
  }

  @Test
  void equalityIsThatOfContent() {
    Item parsed = Item.of(Map.of("a", 1.0));
    Item bytes =
        Item.ofBytes("{ \"a\": 1.0 }".getBytes(StandardCharsets.UTF_8), Map.of(), null, null);

    assertThat(parsed).isEqualTo(bytes).hasSameHashCodeAs(bytes);
    assertThat(parsed).isNotEqualTo(bytes.withPairing(Pairing.to(0)));
  }

  private static @org.jspecify.annotations.Nullable Pairing pairing(String form) {
    return Item.pairingFromJson(Json.parse(form));
  }
}
