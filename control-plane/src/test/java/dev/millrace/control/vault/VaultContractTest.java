package dev.millrace.control.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.vault.Envelope.Sealed;
import dev.millrace.control.vault.Envelope.Subject;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against {@link VaultContractStub}, which is no Vault: our requests have the documented form. */
class VaultContractTest {
  private static final Subject SUBJECT = new Subject("credential", "id", "type");

  private final VaultContractStub stub = new VaultContractStub();
  private final VaultTransitKeys keys = new VaultTransitKeys(stub.client(), "transit", "millrace");
  private final Envelope envelope = new Envelope(keys);

  @AfterEach
  void stop() {
    stub.close();
  }

  private static void assertFails(ErrorCode code, Callable<?> call) {
    assertThatThrownBy(call::call)
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(code);
  }

  @Test
  void dataKeysAreWrappedByTransit() {
    Sealed sealed = envelope.seal(SUBJECT, Secret.of("content"));
    assertThat(sealed.key().keyId()).isEqualTo("vault:transit/millrace:v1");
    assertThat(new String(sealed.key().bytes(), StandardCharsets.US_ASCII)).startsWith("vault:v1:");
    assertThat(envelope.open(SUBJECT, sealed).reveal()).isEqualTo("content");

    LocalService.Request encrypt = stub.requests().getFirst();
    assertThat(encrypt.method() + " " + encrypt.uri())
        .isEqualTo("POST /v1/transit/encrypt/millrace");
    assertThat(Json.parseObject(encrypt.body().getBytes(StandardCharsets.UTF_8)))
        .containsOnlyKeys("plaintext", "associated_data");
    assertThat(encrypt.body()).doesNotContain("content");
  }

  @Test
  void aWrappedKeyIsBoundToItsRow() {
    Sealed sealed = envelope.seal(SUBJECT, Secret.of("content"));
    assertFails(
        ErrorCode.CREDENTIAL_UNREADABLE,
        () -> envelope.open(new Subject("credential", "another", "type"), sealed));
  }

  @Test
  void aRotatedKeyIsANewOneAndTheOldOneStillOpens() {
    Sealed old = envelope.seal(SUBJECT, Secret.of("content"));
    stub.rotate();
    assertThat(keys.newestKeyId()).isEqualTo("vault:transit/millrace:v2");
    assertThat(envelope.rewrap(SUBJECT, old.key()).keyId()).isEqualTo("vault:transit/millrace:v2");
    assertThat(envelope.open(SUBJECT, old).reveal()).isEqualTo("content");
  }

  @Test
  void aRingMovesFromAFileToVault() {
    LocalKeys local = new LocalKeys(List.of(Secret.random(32)));
    Sealed old = new Envelope(local).seal(SUBJECT, Secret.of("content"));
    KeyRing ring = new KeyRing(keys, List.of(local));
    assertThat(new Envelope(ring).open(SUBJECT, old).reveal()).isEqualTo("content");
    assertThat(ring.newestKeyId()).isEqualTo(keys.newestKeyId());
    assertThat(ring.wrap(Secret.of("k"), new byte[0]).keyId()).isEqualTo(keys.newestKeyId());
    assertFails(
        ErrorCode.CREDENTIAL_UNREADABLE, () -> envelopeOf(local).open(SUBJECT, sealedBy(ring)));
  }

  private static Envelope envelopeOf(KeyEncryption keys) {
    return new Envelope(keys);
  }

  private static Sealed sealedBy(KeyEncryption keys) {
    return new Envelope(keys).seal(SUBJECT, Secret.of("content"));
  }

  @Test
  void aWrongTokenOrASealedVaultIsNoLostCredential() {
    VaultTransitKeys strangers =
        new VaultTransitKeys(stub.client("canary-other"), "transit", "millrace");
    Sealed sealed = envelope.seal(SUBJECT, Secret.of("content"));
    assertFails(
        ErrorCode.ENCRYPTION_KEY_UNUSABLE, () -> new Envelope(strangers).open(SUBJECT, sealed));
    stub.seal();
    assertFails(ErrorCode.ENCRYPTION_KEY_UNUSABLE, () -> envelope.open(SUBJECT, sealed));
    assertFails(ErrorCode.ENCRYPTION_KEY_UNUSABLE, keys::newestKeyId);
    stub.close();
    assertFails(ErrorCode.ENCRYPTION_KEY_UNUSABLE, () -> envelope.open(SUBJECT, sealed));
  }

  @Test
  void secretsAreReadFromKeyValueVersionTwo() {
    stub.put("/v1/secret/data/shop/api", Map.of("key", "canary-kv", "retries", 3.0));
    VaultKvSecrets secrets = new VaultKvSecrets(stub.client(), "secret");
    assertThat(secrets.read("shop.api.key").orElseThrow().reveal()).isEqualTo("canary-kv");
    assertThat(secrets.read("shop.api.retries").orElseThrow().reveal()).isEqualTo("3");
    assertThat(secrets.read("shop.api.other")).isEmpty();
    assertThat(secrets.read("shop.none.key")).isEmpty();
    assertThat(secrets.read("key")).isEmpty();
    assertThat(secrets.read("../../sys/x.key")).isEmpty();
    assertThat(stub.requests().getLast().uri().getRawPath()).doesNotContain("../");
    stub.seal();
    assertFails(ErrorCode.SECRET_UNRESOLVED, () -> secrets.read("shop.api.key"));
  }
}
