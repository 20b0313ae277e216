package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.standalone.embedded.RedisSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class ControlStoreOptionsTest {
  private static final String URL = "jdbc:postgresql://db.example.com/millrace";

  @TempDir private Path folder;

  @Command
  private static final class Options {
    @Mixin private final ControlStoreOptions stores;

    Options(Map<String, String> environment) {
      stores = new ControlStoreOptions(environment);
    }
  }

  @Test
  void withoutAnyBothComeAlong() {
    assertThat(settings(Map.of())).isEqualTo(ControlStores.Settings.EMBEDDED);
    assertThat(settings(Map.of("MILLRACE_DATABASE_URL", "", "MILLRACE_REDIS_URL", "")))
        .isEqualTo(ControlStores.Settings.EMBEDDED);
  }

  @Test
  void optionsNameThem() throws IOException {
    ControlStores.Settings settings =
        settings(
            Map.of(),
            "--database-url=" + URL,
            "--database-replica-url=" + URL + "2",
            "--database-user=app",
            "--database-password-file=" + file("one"),
            "--redis-url=redis://r.example.com",
            "--redis-password-file=" + file("two"));

    assertThat(settings.database())
        .contains(new Database.Settings(URL, "app", "one", Optional.of(URL + "2"), 10));
    assertThat(settings.redis())
        .contains(RedisSettings.of("redis://:two@r.example.com:6379", Optional.empty()));
    assertThat(settings.toString()).doesNotContain("one", "two");
  }

  @Test
  void soDoVariablesWhereThereAreNoOptions() throws IOException {
    Map<String, String> environment =
        Map.of(
            "MILLRACE_DATABASE_URL", URL,
            "MILLRACE_DATABASE_USER", "variable",
            "MILLRACE_DATABASE_PASSWORD", "shadowed",
            "MILLRACE_DATABASE_PASSWORD_FILE", file("from a file"),
            "MILLRACE_REDIS_URL", "redis://:inside@r.example.com",
            "MILLRACE_REDIS_PASSWORD", "plain");

    ControlStores.Settings settings = settings(environment, "--database-user=option");

    assertThat(settings.database()).contains(Database.Settings.of(URL, "option", "from a file"));
    assertThat(settings.redis().orElseThrow().uri().getUserInfo()).isEqualTo(":plain");
  }

  @Test
  void theDefaultUserIsCalledMillrace() {
    assertThat(settings(Map.of(), "--database-url=" + URL).database())
        .contains(Database.Settings.of(URL, "millrace", ""));
  }

  @Test
  void aPasswordInAnOptionIsRefused() {
    for (String option :
        new String[] {
          "--database-url=" + URL + "?user=app&password=canary",
          "--database-url=jdbc:postgresql://app:canary@db.example.com/millrace",
          "--redis-url=redis://:canary@r.example.com"
        }) {
      assertThatThrownBy(() -> settings(Map.of(), option))
          .as(option)
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining("password")
          .hasMessageNotContaining("canary");
    }
  }

  @Test
  void aUserWithoutAnAddressIsRefused() {
    assertThatThrownBy(() -> settings(Map.of("MILLRACE_DATABASE_PASSWORD", "canary")))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("no --database-url")
        .hasMessageNotContaining("canary");
    assertThatThrownBy(() -> settings(Map.of("MILLRACE_REDIS_PASSWORD", "canary")))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("no --redis-url");
  }

  @Test
  void whatIsNoAddressIsRefused() {
    assertThatThrownBy(() -> settings(Map.of(), "--database-url=mysql://db"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("jdbc:postgresql://");
    assertThatThrownBy(() -> settings(Map.of(), "--redis-url=r.example.com"))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("redis://");
  }

  @Test
  void aPasswordThatCannotBeReadIsTold() {
    assertThatThrownBy(() ->
            settings(
                Map.of("MILLRACE_DATABASE_PASSWORD_FILE", folder.resolve("none").toString()),
                "--database-url=" + URL))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREADABLE_FILE));
  }

  private String file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "password", ""), content + "\n")
        .toString();
  }

  private static ControlStores.Settings settings(
      Map<String, String> environment, String... arguments) {
    Options options = new Options(environment);
    new CommandLine(options).parseArgs(arguments);
    return options.stores.settings();
  }
}
