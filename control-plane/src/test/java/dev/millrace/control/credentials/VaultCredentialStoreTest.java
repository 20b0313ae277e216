package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCredentials;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class VaultCredentialStoreTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean away;
  private volatile @Nullable CountDownLatch held;
  private volatile Optional<Map<String, @Nullable Object>> fields = Optional.of(Map.of("v", 1.0));

  private final VaultCredentialStore store =
      new VaultCredentialStore(
          this::lease,
          new VaultCredentialStore.Settings(3, Duration.ofMillis(300), Duration.ofSeconds(2)),
          nanos::get);

  private Optional<Lease> lease(LeaseRequest request) {
    asked.incrementAndGet();
    CountDownLatch latch = held;
    if (latch != null) {
      try {
        latch.await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
    if (away) {
      throw new MillraceException(ErrorCode.CREDENTIALS_UNAVAILABLE, "away");
    }
    return fields.map(known ->
        new Lease(
            request.refused().isEmpty() ? known : Map.of("v", "not " + request.refused()),
            Map.of("concurrency", 1.0),
            Duration.ofSeconds(60)));
  }

  private Optional<Map<String, @Nullable Object>> find() {
    return store.find("w", "t", "1", "n");
  }

  private void pass(int seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  private static void assertFails(ErrorCode code, Callable<?> call) {
    assertThatThrownBy(call::call)
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(code);
  }

  @Test
  void aLeaseIsKeptAndRenewedBesideTheCalls() {
    assertThat(find()).contains(Map.of("v", 1.0));
    assertThat(find()).contains(Map.of("v", 1.0));
    assertThat(asked).hasValue(1);

    fields = Optional.of(Map.of("v", 2.0));
    pass(31);
    assertThat(find()).contains(Map.of("v", 1.0));
    await().until(() -> find().equals(Optional.of(Map.of("v", 2.0))));
    assertThat(asked).hasValue(2);
  }

  @Test
  void aGoodLeaseOutlivesTheVaultAndAnOldOneDoesNot() {
    find();
    away = true;
    pass(59);
    assertThat(find()).contains(Map.of("v", 1.0));
    pass(1);
    assertFails(ErrorCode.CREDENTIALS_UNAVAILABLE, this::find);
    int before = asked.get();
    assertFails(ErrorCode.CREDENTIALS_UNAVAILABLE, this::find);
    assertThat(asked).as("nobody asks again at once").hasValue(before);

    away = false;
    pass(2);
    assertThat(find()).contains(Map.of("v", 1.0));
  }

  @Test
  void nobodyWaitsForLongerThanHeIsTold() {
    CountDownLatch latch = new CountDownLatch(1);
    held = latch;
    assertFails(ErrorCode.CREDENTIALS_UNAVAILABLE, this::find);
    held = null;
    latch.countDown();
    await().untilAsserted(() -> assertThat(find()).contains(Map.of("v", 1.0)));
    assertThat(asked).hasValue(1);
  }

  @Test
  void manyWhoAskAtOnceAskOnce() throws Exception {
    List<Callable<Optional<Map<String, @Nullable Object>>>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(this::find);
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Optional<Map<String, @Nullable Object>>> each : threads.invokeAll(all)) {
        assertThat(each.get()).contains(Map.of("v", 1.0));
      }
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void whatIsNotThereIsAskedForAgainSoon() {
    fields = Optional.empty();
    assertThat(find()).isEmpty();
    assertThat(find()).isEmpty();
    assertThat(asked).hasValue(1);
    fields = Optional.of(Map.of("v", 1.0));
    pass(2);
    assertThat(find()).isPresent();
  }

  @Test
  void limitsGoOnWhileTheVaultIsAway() {
    assertThat(store.limits("w", "t", "1", "n")).contains(Map.of("concurrency", 1.0));
    away = true;
    pass(3600);
    assertThat(store.limits("w", "t", "1", "n")).contains(Map.of("concurrency", 1.0));
    assertFails(ErrorCode.CREDENTIALS_UNAVAILABLE, () -> store.limits("w", "t", "2", "n"));
  }

  @Test
  void noMoreAreKeptThanToldTo() {
    for (int i = 0; i < 5; i++) {
      store.find("w", "t", "" + i, "");
    }
    assertThat(asked).hasValue(5);
    store.find("w", "t", "4", "");
    assertThat(asked).hasValue(5);
    store.find("w", "t", "0", "");
    assertThat(asked).hasValue(6);
  }

  @Test
  void aRefusedTokenIsReplacedForAll() {
    find();
    assertThat(store.renewed("w", "t", "1", "n", "old")).contains(Map.of("v", "not old"));
    assertThat(find()).contains(Map.of("v", "not old"));
    assertThat(asked).hasValue(2);
  }

  @Test
  void aNodeGetsWhatItNamesInTheNameOfItsWorkflow() {
    WorkflowDocument workflow =
        WorkflowDocument.parse(
            """
            {"id": "w", "nodes": [{"id": "1", "name": "N", "type": "t", "typeVersion": 1,
              "position": [0, 0], "parameters": {},
              "credentials": {"httpBasicAuth": {"id": "7", "name": "Shop"}}}], "connections": {}}
            """
                .getBytes(StandardCharsets.UTF_8));
    WorkflowNode node = workflow.node("N").orElseThrow();
    NodeCredentials credentials = store.of(workflow);
    assertThat(credentials.find(node, "httpBasicAuth")).contains(Map.of("v", 1.0));
    assertThat(credentials.limits(node, "httpBasicAuth")).contains(Map.of("concurrency", 1.0));
    assertThat(credentials.renewed(node, "httpBasicAuth", "x")).contains(Map.of("v", "not x"));
    assertThat(credentials.find(node, "jwtAuth")).isEmpty();
    assertThat(store.find(node, "httpBasicAuth")).isEmpty();
    WorkflowDocument nameless =
        WorkflowDocument.parse(Json.write(Map.of("nodes", List.of(), "connections", Map.of())));
    assertThat(store.of(nameless).find(node, "httpBasicAuth")).isEmpty();
  }
}
