package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.credentials.CredentialKeyRotation.Progress;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.vault.KeyEncryption;
import dev.millrace.control.vault.KeyRing;
import dev.millrace.control.vault.LocalKeys;
import dev.millrace.control.vault.Secret;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class KeyRotationTest {
  private final LocalKeys newer = new LocalKeys(List.of(Secret.random(32)));
  private VaultRig rig;

  @BeforeEach
  void start(Database database) {
    rig = new VaultRig(database);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private List<String> create(int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(rig.created("httpBasicAuth", "c" + i, "{\"password\": \"p" + i + "\"}"));
    }
    return ids;
  }

  private void assertReadable(List<String> ids) {
    for (int i = 0; i < ids.size(); i++) {
      assertThat(rig.lease("w-p1", "httpBasicAuth", ids.get(i), "").orElseThrow().fields())
          .containsEntry("password", "p" + i);
    }
  }

  @Test
  void rotatesWhileOthersReadAndChange() throws Exception {
    List<String> ids = create(250);
    rig.keys.current = new KeyRing(newer, List.of(rig.firstKeys));
    assertThat(rig.vault.rotation().left()).isEqualTo(250);

    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch reading = new CountDownLatch(2);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> readers = new ArrayList<>();
      for (int r = 0; r < 2; r++) {
        int first = r;
        readers.add(
            threads.submit(() -> {
              int reads = 0;
              for (int i = first; !over.get() || reads == 0; i = (i + 7) % ids.size()) {
                assertThat(
                        rig.lease("w-p1", "httpBasicAuth", ids.get(i), "").orElseThrow().fields())
                    .containsEntry("password", "p" + i);
                reads++;
                reading.countDown();
              }
              return reads;
            }));
      }
      reading.await();
      rig.call(
          "ann",
          "PATCH",
          "/api/credentials/" + ids.get(200),
          "{\"data\": {\"password\": \"p200\"}}");
      Progress progress = rig.vault.rotation().rotate();
      over.set(true);
      for (Future<Integer> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
      assertThat(progress).isEqualTo(new Progress(249, 0, 0));
    }

    rig.keys.current = newer;
    assertReadable(ids);
    assertThat(rig.vault.rotation().rotate()).isEqualTo(new Progress(0, 0, 0));
  }

  @Test
  void goesOnWhereItWasStopped() {
    List<String> ids = create(30);
    AtomicInteger wraps = new AtomicInteger();
    KeyEncryption ring = new KeyRing(newer, List.of(rig.firstKeys));
    rig.keys.current =
        new VaultRig.SwitchedKeys(ring) {
          @Override
          public Wrapped wrap(Secret dataKey, byte[] context) {
            if (wraps.incrementAndGet() > 12) {
              throw new MillraceException(ErrorCode.ENCRYPTION_KEY_UNUSABLE, "gone");
            }
            return super.wrap(dataKey, context);
          }
        };
    assertThat(rig.call("root", "POST", "/api/credentials/rotate-keys").code())
        .isEqualTo("MR-5042");
    assertThat(rig.vault.rotation().left()).isEqualTo(18);
    assertReadable(ids);

    rig.keys.current = ring;
    assertThat(rig.vault.rotation().rotate()).isEqualTo(new Progress(18, 0, 0));
    assertReadable(ids);
  }

  @Test
  void aRowOfAnUnknownKeyDoesNotStopTheOthers() {
    List<String> ids = create(3);
    rig.keys.current = newer;
    String lost = rig.created("httpBasicAuth", "lost", "{}");
    LocalKeys third = new LocalKeys(List.of(Secret.random(32)));
    rig.keys.current = new KeyRing(third, List.of(rig.firstKeys));

    assertThat(rig.vault.rotation().rotate()).isEqualTo(new Progress(3, 1, 1));
    assertReadable(ids);
    assertThat(rig.call("ann", "GET", "/api/credentials/" + lost).code()).isEqualTo("MR-5041");
    assertThat(rig.call("ann", "POST", "/api/credentials/rotate-keys").status()).isEqualTo(403);
  }
}
