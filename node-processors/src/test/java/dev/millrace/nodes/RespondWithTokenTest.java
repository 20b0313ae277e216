package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.nodes.flow.RespondToWebhook;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The token that Respond to Webhook signs with its credential. */
class RespondWithTokenTest {
  private static final ExpressionEngine ENGINE = new JsExpressionEngine();

  private final Map<String, @Nullable Object> credential = new HashMap<>();
  private final RespondToWebhook node =
      new RespondToWebhook(
          new NodeServices(
              ENGINE,
              (asking, type) ->
                  type.equals("jwtAuth") && !credential.isEmpty()
                      ? Optional.of(credential)
                      : Optional.empty()));

  @AfterAll
  static void stop() {
    ENGINE.close();
  }

  private NodeOutput respond(String payload) {
    WorkflowDocument workflow =
        WorkflowDocument.parse(
            """
            {"nodes":[{"id":"h","name":"Hook","type":"n8n-nodes-base.webhook","typeVersion":2,
             "position":[0,0],"parameters":{}},
             {"id":"r","name":"Respond","type":"n8n-nodes-base.respondToWebhook","typeVersion":1.4,
             "position":[0,0],"parameters":{"respondWith":"jwt","payload":%s,
              "enableResponseOutput":true}}],
             "connections":{"Hook":{"main":[[{"node":"Respond","type":"main","index":0}]]}}}\
            """
                .formatted(payload)
                .getBytes(StandardCharsets.UTF_8));
    return node.run(
        new FakeCall(
            node.spec(),
            workflow.node("Respond").orElseThrow(),
            List.of(Item.of(Map.of("user", "ann"))),
            new FakeExecution(workflow),
            ENGINE));
  }

  private String token() {
    NodeOutput output = respond("\"={\\\"sub\\\": \\\"{{ $json.user }}\\\"}\"");
    Map<String, @Nullable Object> answer =
        Json.parseObject(java.util.Objects.requireNonNull(output.response()).body());
    return String.valueOf(answer.get("token"));
  }

  private static Map<String, @Nullable Object> part(String token, int index) {
    return Json.parseObject(Base64.getUrlDecoder().decode(token.split("\\.", -1)[index]));
  }

  @Test
  void withAPassphraseHoweverShort() throws Exception {
    credential.put("secret", "short");
    String token = token();
    assertThat(part(token, 0)).isEqualTo(Map.of("alg", "HS256", "typ", "JWT"));
    assertThat(part(token, 1))
        .isEqualTo(Map.of("sub", "ann", "iat", (double) FakeCall.NOW.getEpochSecond()));
    var mac = javax.crypto.Mac.getInstance("HmacSHA256");
    mac.init(new javax.crypto.spec.SecretKeySpec("short".getBytes(StandardCharsets.UTF_8), "x"));
    int end = token.lastIndexOf('.');
    assertThat(Base64.getUrlDecoder().decode(token.substring(end + 1)))
        .isEqualTo(mac.doFinal(token.substring(0, end).getBytes(StandardCharsets.US_ASCII)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
  void withAPrivateKeyInBothForms(String algorithm) throws Exception {
    boolean curve = algorithm.startsWith("ES");
    KeyPairGenerator generator = KeyPairGenerator.getInstance(curve ? "EC" : "RSA");
    if (curve) {
      generator.initialize(
          new ECGenParameterSpec(
              switch (algorithm) {
                case "ES256" -> "secp256r1";
                case "ES384" -> "secp384r1";
                default -> "secp521r1";
              }));
    } else {
      generator.initialize(2048);
    }
    KeyPair pair = generator.generateKeyPair();
    byte[] pkcs8 = pair.getPrivate().getEncoded();
    credential.put("keyType", "pemKey");
    credential.put("algorithm", algorithm);
    for (String pem :
        List.of(
            pem("PRIVATE KEY", pkcs8),
            pem("PRIVATE KEY", pkcs8).replace("\n", "\\n"),
            pem(curve ? "EC PRIVATE KEY" : "RSA PRIVATE KEY", inner(pkcs8)))) {
      credential.put("privateKey", pem);
      assertThat(verifies(token(), algorithm, pair)).as(pem.substring(0, 30)).isTrue();
    }
  }

  @Test
  void whatCannotSignIsSaidWithoutTheKey() {
    assertThatThrownBy(this::token).hasMessageContaining("is not set up");
    credential.put("algorithm", "HS256");
    assertThatThrownBy(this::token).hasMessageContaining("has no secret");
    credential.put("secret", "hush");
    credential.put("algorithm", "none");
    assertThatThrownBy(this::token).hasMessageContaining("signs nothing");
    credential.put("algorithm", "RS256");
    assertThatThrownBy(this::token).hasMessageContaining("needs a PEM key");
    credential.put("keyType", "pemKey");
    credential.put("privateKey", pem("PRIVATE KEY", "hush".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(this::token)
        .hasMessageContaining("private key is none for RS256")
        .message()
        .doesNotContain("hush");
    credential.remove("keyType");
    credential.put("algorithm", "HS256");
    assertThatThrownBy(() -> respond("\"[1]\"")).hasMessageContaining("must hold a JSON object");
    assertThatThrownBy(() -> respond("\"{\"")).hasMessageContaining("Invalid JSON in 'Payload'");
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), kind);
  }

  /** The key that PKCS#8 wraps: the content of its last element. */
  private static byte[] inner(byte[] pkcs8) {
    int[] at = {0};
    length(pkcs8, at);
    for (int skipped = 0; skipped < 2; skipped++) {
      int size = length(pkcs8, at);
      at[0] += size;
    }
    int size = length(pkcs8, at);
    return Arrays.copyOfRange(pkcs8, at[0], at[0] + size);
  }

  /** Steps over tag and length. */
  private static int length(byte[] der, int[] at) {
    int first = der[at[0] + 1] & 0xFF;
    at[0] += 2;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7F); i++) {
      length = (length << 8) | (der[at[0]++] & 0xFF);
    }
    return length;
  }

  private static boolean verifies(String token, String algorithm, KeyPair pair)
      throws GeneralSecurityException {
    String hash = algorithm.substring(2);
    Signature signature;
    switch (algorithm.substring(0, 2)) {
      case "RS" -> signature = Signature.getInstance("SHA" + hash + "withRSA");
      case "ES" -> signature = Signature.getInstance("SHA" + hash + "withECDSAinP1363Format");
      default -> {
        signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(
            new PSSParameterSpec(
                "SHA-" + hash,
                "MGF1",
                new MGF1ParameterSpec("SHA-" + hash),
                Integer.parseInt(hash) / 8,
                1));
      }
    }
    int end = token.lastIndexOf('.');
    signature.initVerify(pair.getPublic());
    signature.update(token.substring(0, end).getBytes(StandardCharsets.US_ASCII));
    return signature.verify(Base64.getUrlDecoder().decode(token.substring(end + 1)));
  }
}
