package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.error.MillraceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCredentialStoreTest {
  private static final CredentialStore.Key BY_ID =
      new CredentialStore.Key("httpHeaderAuth", "1", "other");

  @TempDir Path folder;

  private Path write(String json, int second) throws Exception {
    Path file = folder.resolve("credentials.json");
    Files.writeString(file, json);
    // Two writes within the resolution of the file system's clock would look like one.
    Files.setLastModifiedTime(file, FileTime.fromMillis(second * 1000L));
    return file;
  }

  private static String entry(String id, String name, String value) {
    return "{\"id\":\"%s\",\"name\":\"%s\",\"type\":\"httpHeaderAuth\",\"data\":{\"value\":\"%s\"}}"
        .formatted(id, name, value);
  }

  @Test
  void theIdCountsBeforeTheName() throws Exception {
    FileCredentialStore store =
        new FileCredentialStore(
            write("[" + entry("2", "other", "b") + "," + entry("1", "one", "a") + "]", 1));
    assertThat(store.find("", BY_ID)).hasValue(Map.of("value", "a"));
    assertThat(store.find("", new CredentialStore.Key("httpHeaderAuth", "9", "other")))
        .hasValue(Map.of("value", "b"));
    assertThat(store.find("", new CredentialStore.Key("httpBasicAuth", "1", "one"))).isEmpty();
    assertThat(store.find("", new CredentialStore.Key("httpHeaderAuth", "", ""))).isEmpty();
  }

  @Test
  void limitsStandBesideTheSecrets() throws Exception {
    FileCredentialStore store =
        new FileCredentialStore(
            write(
                "[{\"id\":\"1\",\"type\":\"httpHeaderAuth\",\"data\":{\"value\":\"a\"},"
                    + "\"millrace\":{\"concurrency\":2}}]",
                1));
    assertThat(store.limits("", BY_ID)).hasValue(Map.of("concurrency", 2.0));
    assertThat(store.find("", BY_ID)).hasValue(Map.of("value", "a"));
    assertThat(new FileCredentialStore(write("[" + entry("1", "", "a") + "]", 2)).limits("", BY_ID))
        .isEmpty();
  }

  @Test
  void aChangedFileIsReadAgainAndABrokenOneIsNot() throws Exception {
    FileCredentialStore store = new FileCredentialStore(write("[" + entry("1", "", "a") + "]", 1));
    write("[" + entry("1", "", "b") + "]", 2);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(store.find("", BY_ID)).hasValue(Map.of("value", "b")));
    write("[broken", 3);
    await()
        .during(Duration.ofMillis(1500))
        .untilAsserted(() -> assertThat(store.find("", BY_ID)).hasValue(Map.of("value", "b")));
  }

  @Test
  void errorsDoNotQuoteTheFile() throws Exception {
    for (String json : new String[] {"[s3cret", "{\"a\":\"s3cret\"}", "[{\"type\":\"s3cret\"}]"}) {
      Path file = write(json, 1);
      assertThatThrownBy(() -> new FileCredentialStore(file))
          .isInstanceOf(MillraceException.class)
          .hasNoCause()
          .hasMessageNotContaining("s3cret")
          .hasMessageContaining("credentials.json");
    }
  }
}
