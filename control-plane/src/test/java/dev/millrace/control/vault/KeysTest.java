package dev.millrace.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.vault.KeyEncryption.Wrapped;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysTest {
  private static final String ONE = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  private static final byte[] CONTEXT = "context".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  private static void assertUnusable(Callable<?> call, String secret) {
    assertThatThrownBy(call::call)
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining(secret)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.ENCRYPTION_KEY_UNUSABLE);
  }

  @Test
  void aFileIsMadeForItsOwnerAlone() throws Exception {
    Path file = folder.resolve("new/key");
    KeyFile keys = KeyFile.open(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(KeyFile.open(file).newestKeyId()).isEqualTo(keys.newestKeyId());
    try (var rest = Files.list(file.getParent())) {
      assertThat(rest).containsExactly(file);
    }
  }

  @Test
  void aFileThatOthersMayReadIsRefused() throws Exception {
    Path file = folder.resolve("key");
    KeyFile.open(file);
    String key = Files.readString(file).strip();
    for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      assertUnusable(() -> KeyFile.open(file), key);
    }
  }

  @Test
  void whoeverBeginsAtOnceGetsTheSameKey() throws Exception {
    Path file = folder.resolve("key");
    List<Callable<String>> starts = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      starts.add(() -> KeyFile.open(file).newestKeyId());
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<String> ids = new ArrayList<>();
      for (Future<String> id : threads.invokeAll(starts)) {
        ids.add(id.get());
      }
      assertThat(ids).containsOnly(ids.getFirst());
    }
  }

  @Test
  void aNewKeyIsFoundByWhoHasTheFileOpen() {
    Path file = folder.resolve("key");
    KeyFile here = KeyFile.open(file);
    KeyFile elsewhere = KeyFile.open(file);
    String before = here.newestKeyId();
    Wrapped old = here.wrap(Secret.of("data"), CONTEXT);

    here.addKey();
    Wrapped fresh = here.wrap(Secret.of("data"), CONTEXT);

    assertThat(fresh.keyId()).isNotEqualTo(before);
    assertThat(elsewhere.unwrap(fresh, CONTEXT).reveal()).isEqualTo("data");
    assertThat(elsewhere.unwrap(old, CONTEXT).reveal()).isEqualTo("data");
    assertThat(elsewhere.knows("local:0000000000000000")).isFalse();
  }

  @Test
  void keysAreReadAsBase64OrHexadecimalNewestFirst() {
    String hex =
        HexFormat.of()
            .formatHex("abcdefghijklmnopqrstuvwxyz012345".getBytes(StandardCharsets.US_ASCII));
    LocalKeys both = LocalKeys.parse(ONE + " # the newer\n" + hex, "here");
    assertThat(both.newestKeyId()).isEqualTo(LocalKeys.parse(ONE, "here").newestKeyId());
    assertThat(both.knows(LocalKeys.parse(hex, "here").newestKeyId())).isTrue();
    assertThat(both.newestKeyId()).doesNotContain(ONE.substring(0, 8));
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutBeingQuoted() {
    for (String wrong : List.of("canary-passphrase", "Y2FuYXJ5", ONE + ONE)) {
      assertUnusable(() -> LocalKeys.parse(wrong, "MILLRACE_ENCRYPTION_KEY"), wrong);
    }
    assertUnusable(() -> LocalKeys.parse(" \n# none\n", "here"), "#");
  }

  @Test
  void theEnvironmentSaysWhereKeysAre() throws Exception {
    Path file = folder.resolve("key");
    KeyEncryption inFile = KeySource.of(Map.of(), file);
    Wrapped old = inFile.wrap(Secret.of("data"), CONTEXT);

    KeyEncryption inVariable = KeySource.of(Map.of("MILLRACE_ENCRYPTION_KEY", ONE), file);
    assertThat(inVariable.newestKeyId()).isNotEqualTo(inFile.newestKeyId());
    assertThat(inVariable.unwrap(old, CONTEXT).reveal()).isEqualTo("data");

    Path mounted = Files.writeString(folder.resolve("mounted"), ONE + "\n");
    KeyEncryption named =
        KeySource.of(
            Map.of("MILLRACE_ENCRYPTION_KEY_FILE", mounted.toString()), folder.resolve("none"));
    assertThat(named.newestKeyId()).isEqualTo(inVariable.newestKeyId());
    assertThat(folder.resolve("none")).doesNotExist();

    assertUnusable(() -> KeySource.of(Map.of("MILLRACE_VAULT_TRANSIT_KEY", "k"), file), "canary");
  }

  @Test
  void everyUseOfTheInstallationsKeyHasItsOwn() {
    Path file = folder.resolve("installation");
    InstallationKey key = InstallationKey.open(file);
    assertThat(key.derive("one")).isNotEqualTo(key.derive("two"));
    assertThat(key.derive("one")).isEqualTo(InstallationKey.open(file).derive("one"));
    assertUnusable(() -> new InstallationKey(Secret.of("short")), "canary");
  }
}
