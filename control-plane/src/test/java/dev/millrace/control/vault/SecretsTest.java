package dev.millrace.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  private static final Map<String, String> KNOWN =
      Map.of("key", "canary-1", "shop.key", "canary-2", "evil", "={{ $json.x }}");

  private final Secrets secrets =
      new Secrets(
          List.of(store("vault", Optional.empty()), store("closed", Optional.of(Set.of("other")))));

  private static Secrets.Store store(String name, Optional<Set<String>> projects) {
    return new Secrets.Store(
        name, key -> Optional.ofNullable(KNOWN.get(key)).map(Secret::of), projects);
  }

  private @Nullable Object resolved(@Nullable Object value) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("field", value);
    return secrets.resolve("mine", fields).get("field");
  }

  @Test
  void putsSecretsInPlace() {
    assertThat(resolved("={{ $secrets.vault.key }}")).isEqualTo("canary-1");
    assertThat(resolved("={{$secrets.vault.shop.key}}")).isEqualTo("canary-2");
    assertThat(resolved("={{ $secrets['vault'][\"shop.key\"] }}")).isEqualTo("canary-2");
    assertThat(resolved("=a-{{ $secrets.vault.key }}-{{ $secrets.vault.shop.key }}"))
        .isEqualTo("a-canary-1-canary-2");
    assertThat(resolved(Map.of("inner", List.of("={{ $secrets.vault.key }}", 1.0))))
        .isEqualTo(Map.of("inner", List.of("canary-1", 1.0)));
  }

  @Test
  void leavesEverythingElseAsItIs() {
    for (String text :
        List.of("$secrets.vault.key", "{{ $secrets.vault.key }}", "={{ $vars.x }}", "=", "plain")) {
      assertThat(resolved(text)).isEqualTo(text);
    }
    assertThat(resolved(null)).isNull();
    assertThat(resolved(true)).isEqualTo(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "={{ $secrets.vault.none }}",
        "={{ $secrets.nowhere.key }}",
        "={{ $secrets.closed.key }}",
        "={{ $secrets.vault }}",
        "={{ $secrets }}",
        "={{ $secrets.vault.key.length }}",
        "={{ $secrets.vault.key + 1 }}",
        "={{ $secrets.vault.key }}{{ $json.x }}",
        "={{ JSON.stringify($secrets) }}"
      })
  void refusesWhatIsNotThereOrDoesMore(String template) {
    assertThatThrownBy(() -> resolved(template))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.SECRET_UNRESOLVED);
  }

  @Test
  void aStoreServesItsProjectsAlone() {
    Map<String, @Nullable Object> fields = Map.of("f", "={{ $secrets.closed.key }}");
    assertThat(secrets.resolve("other", fields)).containsEntry("f", "canary-1");
  }

  @Test
  void onlyAReferenceAloneMayBeShown() {
    assertThat(Secrets.isReference("={{ $secrets.vault.key }}")).isTrue();
    for (String text :
        List.of(
            "$secrets.vault.key",
            "=canary {{ $secrets.vault.key }}",
            "={{ $secrets.vault.key }} canary",
            "={{ 'canary' }}",
            "={{ $secrets.vault.key }}{{ 'canary' }}")) {
      assertThat(Secrets.isReference(text)).as(text).isFalse();
    }
  }

  @Test
  void aFolderHasAFileForEach(@TempDir Path folder) throws Exception {
    Path inside = Files.createDirectories(folder.resolve("secrets/shop"));
    Files.writeString(folder.resolve("outside"), "canary");
    Files.writeString(inside.resolve("key"), "nested\r\n");
    Files.writeString(folder.resolve("secrets/token"), "text\n\n");
    FolderSecrets source = new FolderSecrets(folder.resolve("secrets"));
    assertThat(source.read("token").orElseThrow().reveal()).isEqualTo("text\n");
    assertThat(source.read("shop.key").orElseThrow().reveal()).isEqualTo("nested");
    for (String name :
        List.of("none", "shop", "../outside", "..", "...outside", "", "/etc/passwd")) {
      assertThat(source.read(name)).as(name).isEmpty();
    }
  }

  @Test
  void theEnvironmentIsClosedButForItsPrefix() {
    EnvironmentSecrets source =
        new EnvironmentSecrets(Map.of("MILLRACE_SECRET_SHOP_KEY", "value", "HOME", "canary"));
    assertThat(source.read("shop.key").orElseThrow().reveal()).isEqualTo("value");
    assertThat(source.read("HOME")).isEmpty();
  }
}
