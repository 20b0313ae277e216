package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeServices;
import dev.millrace.nodes.data.Crypto;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Crypto node makes with keys and at random, which no recorded case can say. */
class CryptoKeysTest {
  private static final ExpressionEngine ENGINE = new JsExpressionEngine();
  private static KeyPair rsa;
  private static KeyPair curve;

  private final Map<String, @Nullable Object> credential = new HashMap<>();
  private final Crypto node =
      new Crypto(new NodeServices(ENGINE, (asking, type) -> Optional.of(credential)));

  @BeforeAll
  static void makeKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    rsa = generator.generateKeyPair();
    KeyPairGenerator curves = KeyPairGenerator.getInstance("EC");
    curves.initialize(new ECGenParameterSpec("secp256r1"));
    curve = curves.generateKeyPair();
  }

  @AfterAll
  static void stop() {
    ENGINE.close();
  }

  private String answer(Map<String, Object> parameters) {
    return answers(parameters, 1).getFirst();
  }

  private List<String> answers(Map<String, Object> parameters, int items) {
    Map<String, Object> stored = new LinkedHashMap<>();
    stored.put("name", "Crypto");
    stored.put("type", node.spec().type());
    stored.put("typeVersion", 2.0);
    stored.put("parameters", parameters);
    WorkflowDocument workflow = WorkflowDocument.of(Map.of("nodes", List.of(stored)));
    FakeCall call =
        new FakeCall(
            node.spec(),
            workflow.nodes().getFirst(),
            java.util.Collections.nCopies(items, Item.empty()),
            new FakeExecution(workflow),
            ENGINE);
    return Objects.requireNonNull(Objects.requireNonNull(node.run(call).outputs()).getFirst())
        .stream()
        .map(item -> String.valueOf(item.json().get("data")))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "RSA-MD5, MD5withRSA",
    "RSA-SHA1, SHA1withRSA",
    "RSA-SHA1-2, SHA1withRSA",
    "ssl3-sha1, SHA1withRSA",
    "sha224WithRSAEncryption, SHA224withRSA",
    "RSA-SHA256, SHA256withRSA",
    "sha384, SHA384withRSA",
    "sha512WithRSAEncryption, SHA512withRSA",
    "RSA-SHA512/224, SHA512/224withRSA",
    "sha512-256, SHA512/256withRSA",
    "id-rsassa-pkcs1-v1_5-with-sha3-224, SHA3-224withRSA",
    "RSA-SHA3-256, SHA3-256withRSA",
    "sha3-384, SHA3-384withRSA",
    "sha3-512, SHA3-512withRSA"
  })
  void signsWithAnRsaKey(String algorithm, String verifier) throws Exception {
    credential.put("signPrivateKey", pem("PRIVATE KEY", rsa.getPrivate()));
    String signature =
        answer(
            Map.of("action", "sign", "value", "hi", "algorithm", algorithm, "encoding", "base64"));
    Signature check = Signature.getInstance(verifier);
    check.initVerify(rsa.getPublic());
    check.update("hi".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(check.verify(Base64.getDecoder().decode(signature))).isTrue();
  }

  @Test
  void signsWithACurve() throws Exception {
    credential.put("signPrivateKey", pem("PRIVATE KEY", curve.getPrivate()));
    String signature = answer(Map.of("action", "sign", "value", "hi", "algorithm", "RSA-SHA256"));
    Signature check = Signature.getInstance("SHA256withECDSA");
    check.initVerify(curve.getPublic());
    check.update("hi".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(check.verify(java.util.HexFormat.of().parseHex(signature))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"aes-256-gcm", "aes-192-gcm", "aes-128-gcm", "chacha20-poly1305"})
  void decryptsWhatItEncrypted(String cipher) {
    credential.put("encryptionPassphrase", "correct horse");
    List<String> sealed =
        answers(Map.of("action", "encrypt", "cipher", cipher, "value", "grüße"), 3);
    assertThat(Set.copyOf(sealed)).hasSize(3);
    for (String text : sealed) {
      assertThat(answer(Map.of("action", "decrypt", "cipher", cipher, "value", text)))
          .isEqualTo("grüße");
    }
    byte[] changed = Base64.getDecoder().decode(sealed.getFirst());
    changed[changed.length - 1] ^= 1;
    String broken = Base64.getEncoder().encodeToString(changed);
    assertThatThrownBy(() -> answer(Map.of("action", "decrypt", "cipher", cipher, "value", broken)))
        .hasMessageContaining("cannot be decrypted");
    credential.put("encryptionPassphrase", "wrong");
    assertThatThrownBy(
            () -> answer(Map.of("action", "decrypt", "cipher", cipher, "value", sealed.getFirst())))
        .hasMessageContaining("cannot be decrypted");
  }

  @Test
  void decryptsWhatItEncryptedForAKey() {
    credential.put("encryptionPublicKey", pem("PUBLIC KEY", rsa.getPublic()));
    credential.put("encryptionPrivateKey", pem("PRIVATE KEY", rsa.getPrivate()));
    Map<String, Object> encrypt = Map.of("action", "encrypt", "mode", "asymmetric", "value", "é");
    String sealed = answer(encrypt);
    assertThat(answer(Map.of("action", "decrypt", "mode", "asymmetric", "value", sealed)))
        .isEqualTo("é");
    assertThatThrownBy(() ->
            answer(Map.of("action", "encrypt", "mode", "asymmetric", "value", "x".repeat(300))))
        .hasMessageContaining("too long for the RSA key");
    credential.put("encryptionPrivateKey", "hush");
    assertThatThrownBy(
            () -> answer(Map.of("action", "decrypt", "mode", "asymmetric", "value", sealed)))
        .hasMessageContaining("no RSA key")
        .message()
        .doesNotContain("hush");
  }

  @Test
  void makesRandomTextsOfTheLengthAskedFor() {
    Map<String, String> alphabets =
        Map.of("hex", "[0-9a-f]*", "base64", "[0-9A-Za-z]*", "ascii", "[!-~]*");
    alphabets.forEach((type, alphabet) -> {
      for (double length : new double[] {0, 1, 7, 33, 500}) {
        String text =
            answer(Map.of("action", "generate", "encodingType", type, "stringLength", length));
        assertThat(text).hasSize((int) length).matches(alphabet);
      }
    });
    Set<String> made = new HashSet<>(answers(Map.of("action", "generate"), 50));
    assertThat(made)
        .hasSize(50)
        .allSatisfy(text -> {
          assertThat(UUID.fromString(text).version()).isEqualTo(4);
          assertThat(UUID.fromString(text).variant()).isEqualTo(2);
        });
    assertThat(Json.text(made)).doesNotContain("\\u");
  }

  private static String pem(String kind, Key key) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(key.getEncoded()), kind);
  }
}
