package dev.millrace.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.binary.StoredFiles.Fate;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.BinaryData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real server, in whose bucket each test has a prefix of its own. */
class S3BinaryStoreTest extends BinaryStoreContract {
  @TempDir private static Path objects;

  @SuppressWarnings("NullAway.Init")
  private static S3Server server;

  private static int tests;

  @TempDir private Path spool;
  private final String prefix = "test-" + ++tests + "/";
  private final List<S3BinaryStore> opened = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server(objects, 0);
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @AfterEach
  void close() {
    opened.forEach(S3BinaryStore::close);
  }

  @Override
  SpooledBinaryStore open(StoreLimits limits) throws IOException {
    return open(limits, server.location(prefix), "very secret");
  }

  private S3BinaryStore open(StoreLimits limits, S3Location location, String secret)
      throws IOException {
    S3BinaryStore store =
        new S3BinaryStore(location, S3Server.credentials(secret), spool, limits, TYPES);
    opened.add(store);
    return store;
  }

  @Override
  List<String> kept() throws IOException {
    List<String> all = new ArrayList<>();
    files().forEach(file -> all.add(file.toString()));
    try (Stream<Path> spooled = Files.list(spool)) {
      spooled.forEach(file -> all.add(file.toString()));
    }
    return all;
  }

  @Override
  void age(Duration by) throws IOException {
    for (Path file : files()) {
      Files.setLastModifiedTime(
          file, FileTime.from(Files.getLastModifiedTime(file).toInstant().minus(by)));
    }
  }

  private List<Path> files() throws IOException {
    Path folder = server.bucket().resolve(prefix);
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void aTaskThatIsRunAgainStoresTheSameObject() throws IOException {
    BinaryData first = write("one", random(5000), null, "a.bin");
    BinaryData again =
        open(LIMITS).write("one", new java.io.ByteArrayInputStream(random(5000)), null, "b.bin");
    assertThat(again.id()).isEqualTo(first.id());
    assertThat(kept()).hasSize(1);
    assertThat(first.id()).matches("s3:one/[0-9a-f]{64}");
  }

  @Test
  void whatIsLargeIsSentInParts() throws IOException {
    int bytes = (int) S3BinaryStore.PART_BYTES + 1_000_000;
    byte[] large = random(bytes);
    S3BinaryStore store =
        open(new StoreLimits(1L << 30, 1000, 2500), server.location(prefix), "very secret");
    BinaryData file =
        store.write("one", new java.io.ByteArrayInputStream(large), null, "large.bin");
    try (var in = store.open(file)) {
      assertThat(in.readAllBytes()).isEqualTo(large);
    }
    assertThat(kept()).hasSize(1);
  }

  @Test
  void aStoreThatIsAwayIsAnErrorThatSaysSoAndThenItGoesOn() throws Exception {
    S3Server own = new S3Server(objects, 0);
    int port = own.port();
    S3BinaryStore store = open(LIMITS, own.location(prefix), "very secret");
    BinaryData file = store.write("one", new java.io.ByteArrayInputStream(bytes(5000)), null, null);
    own.close();
    assertUnavailable(
        () -> store.write("one", new java.io.ByteArrayInputStream(bytes(6000)), null, null));
    assertUnavailable(() -> store.open(file).close());
    assertUnavailable(store::check);
    assertUnavailable(() -> store.review(Instant.MAX, (id, at) -> Fate.DELETE));
    try (Stream<Path> spooled = Files.list(spool)) {
      assertThat(spooled).isEmpty();
    }
    try (S3Server back = new S3Server(objects, port)) {
      assertThat(back.port()).isEqualTo(port);
      store.check();
      try (var in = store.open(file)) {
        assertThat(in.readAllBytes()).hasSize(5000);
      }
    }
  }

  @Test
  void aWrongKeyIsToldWithoutIt() throws IOException {
    S3BinaryStore store = open(LIMITS, server.location(prefix), "guessed secret");
    assertUnavailable(store::check)
        .hasMessageContaining("403")
        .hasMessageNotContaining("guessed")
        .hasMessageNotContaining("access");
    assertUnavailable(
        () -> store.write("one", new java.io.ByteArrayInputStream(bytes(5000)), null, null));
  }

  @Test
  void aBucketThatIsNotThereIsTold() throws IOException {
    S3Location there = server.location(prefix);
    S3BinaryStore store =
        open(
            LIMITS,
            new S3Location("no-such-bucket", "", there.endpoint(), there.region()),
            "very secret");
    assertUnavailable(store::check)
        .hasMessageContaining("no-such-bucket")
        .hasMessageContaining("404");
  }

  @Test
  void whatAKilledProcessSpooledIsRemoved() throws IOException {
    Files.writeString(spool.resolve("upload-123"), "half");
    open(LIMITS);
    assertThat(kept()).isEmpty();
  }

  @Test
  void objectsOfOthersBelowThePrefixAreLeftAlone() throws IOException {
    write("one", bytes(5000), null, null);
    Path foreign = server.bucket().resolve(prefix).resolve("README");
    Files.writeString(foreign, "of somebody else");
    List<String> asked = new ArrayList<>();
    int deleted =
        store()
            .review(
                Instant.now().plusSeconds(60),
                (id, at) -> {
                  asked.add(id);
                  return Fate.DELETE;
                });
    assertThat(deleted).isEqualTo(1);
    assertThat(asked).containsExactly("one");
    assertThat(foreign).exists();
  }

  @Test
  void theOptionNamesBucketAndPrefixAndTheEnvironmentTheRest() {
    Map<String, String> environment = new HashMap<>();
    assertThat(S3Location.parse("s3://files", environment))
        .isEqualTo(new S3Location("files", "", null, "us-east-1"));
    environment.put("AWS_REGION", "eu-central-1");
    environment.put("AWS_ENDPOINT_URL", "http://minio:9000");
    assertThat(S3Location.parse("s3://files/a/b/", environment))
        .isEqualTo(
            new S3Location(
                "files", "a/b/", java.net.URI.create("http://minio:9000"), "eu-central-1"));
    environment.put("AWS_ENDPOINT_URL_S3", "https://other");
    assertThat(S3Location.parse("s3://files", environment)).hasToString("s3://files at other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "files",
        "s3:files",
        "s3://",
        "s3://a",
        "s3://UP",
        "s3://u:p@files",
        "s3://a b"
      })
  void otherTextIsNoLocation(String text) {
    assertThatThrownBy(() -> S3Location.parse(text, Map.of()))
        .isInstanceOf(MillraceException.class);
  }

  @Test
  void anEndpointWithAPasswordIsRefusedAndNotShown() {
    assertThatThrownBy(() ->
            S3Location.parse(
                "s3://files", Map.of("AWS_ENDPOINT_URL", "http://user:hunter2@minio:9000")))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("hunter2");
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable>
      assertUnavailable(org.assertj.core.api.ThrowableAssert.ThrowingCallable action) {
    return assertThatThrownBy(action)
        .asInstanceOf(InstanceOfAssertFactories.throwable(MillraceException.class))
        .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.OBJECT_STORE_UNAVAILABLE));
  }
}
