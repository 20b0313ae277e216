package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.node.Property;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class CredentialTypesTest {
  private final CredentialTypes types = new CredentialTypes();

  @Test
  void agreeWithTheSchemasOfTheTypesThatAreKnown() throws IOException {
    Path file = Path.of(System.getProperty("millrace.shared", ""), "n8n", "core-nodes.json");
    assumeTrue(Files.exists(file), "skipped: the recorded schemas are not there");
    Map<String, Map<?, ?>> recorded = new HashMap<>();
    List<?> all = (List<?>) Json.parseObject(Files.readAllBytes(file)).get("credentials");
    for (Object each : Objects.requireNonNull(all)) {
      Map<?, ?> type = (Map<?, ?>) each;
      recorded.put(String.valueOf(type.get("name")), type);
    }
    assertThat(recorded.keySet()).containsAll(types.all().map(CredentialType::name).toList());
    types
        .all()
        .forEach(type -> {
          List<?> properties =
              (List<?>) Objects.requireNonNull(recorded.get(type.name())).get("properties");
          Map<String, Map<?, ?>> fields = new HashMap<>();
          for (Object each : Objects.requireNonNull(properties)) {
            fields.put(String.valueOf(((Map<?, ?>) each).get("name")), (Map<?, ?>) each);
          }
          for (Property field : type.fields()) {
            String place = type.name() + "." + field.name();
            Map<?, ?> known = fields.get(field.name());
            assertThat(known).as(place).isNotNull();
            assertThat(field.type()).as(place).isEqualTo(known.get("type"));
            assertThat(field.defaultValue()).as(place).isEqualTo(known.get("default"));
            assertThat(field.required()).as(place).isEqualTo(known.get("required") != null);
          }
          fields.forEach((name, field) -> {
            boolean password =
                field.get("typeOptions") instanceof Map<?, ?> options
                    && Boolean.TRUE.equals(options.get("password"));
            if (password) {
              assertThat(type.secret(name)).as(type.name() + "." + name).isTrue();
            }
          });
        });
  }

  @Test
  void whatATypeDoesNotNameIsSecret() {
    assertThat(types.of("httpBasicAuth").secret("user")).isFalse();
    assertThat(types.of("httpBasicAuth").secret("more")).isTrue();
    assertThat(types.of("oAuth2Api").secret("oauthTokenData")).isTrue();
    assertThat(types.of("acmeApi").secret("user")).isTrue();
    assertThat(types.of("httpCustomAuth").secret("json")).isTrue();
  }
}
