package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call. */
class WebhookGuardTest {
  private static final String SECRET = "a-secret-of-more-than-thirty-two-bytes-in-length";

  private final Map<String, Map<String, @Nullable Object>> credentials = new LinkedHashMap<>();
  private final IngressFixture ingress =
      new IngressFixture(
          IngressSettings.defaults("unused").withListener("127.0.0.1", 0).withProxyHops(1),
          (workflow, key) -> Optional.ofNullable(credentials.get(key.type() + "/" + key.id())));

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  private void hook(String authentication, String type) {
    ingress.webhook(
        2.1,
        "{\"path\":\"h\",\"authentication\":\"%s\"}".formatted(authentication),
        "{\"%s\":{\"id\":\"1\",\"name\":\"C\"}}".formatted(type));
  }

  private HttpResponse<String> call(String... headers) throws Exception {
    var request = ingress.request("/webhook/h");
    return ingress.send(headers.length == 0 ? request : request.headers(headers));
  }

  private static String basic(String userAndPassword) {
    return "Basic "
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void basicAuthentication() throws Exception {
    hook("basicAuth", "httpBasicAuth");
    credentials.put("httpBasicAuth/1", Map.of("user", "ann", "password", "pä:ss"));

    HttpResponse<String> asked = call();
    assertThat(asked.statusCode()).isEqualTo(401);
    assertThat(asked.headers().firstValue("www-authenticate")).hasValue("Basic realm=\"Webhook\"");
    assertThat(IngressFixture.json(asked)).containsEntry("errorCode", "MR-3005");
    assertThat(call("authorization", "Bearer x").statusCode()).isEqualTo(401);
    for (String wrong : List.of(basic("ann:wrong"), basic("ann"), "Basic ###")) {
      assertThat(call("authorization", wrong).statusCode()).as(wrong).isEqualTo(403);
    }
    assertThat(ingress.commands).isEmpty();
    assertThat(call("authorization", basic("ann:pä:ss")).statusCode()).isEqualTo(200);
  }

  @Test
  void headerAuthentication() throws Exception {
    hook("headerAuth", "httpHeaderAuth");
    credentials.put("httpHeaderAuth/1", Map.of("name", "X-Key", "value", "k1"));
    assertThat(call().statusCode()).isEqualTo(401);
    assertThat(call("X-Key", "k2").statusCode()).isEqualTo(403);
    assertThat(ingress.commands).isEmpty();
    assertThat(call("x-key", "k1").statusCode()).isEqualTo(200);
  }

  @Test
  void aCredentialThatIsMissingOrEmptyLetsNobodyIn() throws Exception {
    hook("basicAuth", "httpBasicAuth");
    assertThat(call("authorization", basic(":")).statusCode()).isEqualTo(403);
    credentials.put("httpBasicAuth/1", Map.of("user", "", "password", ""));
    assertThat(call("authorization", basic(":")).statusCode()).isEqualTo(403);
    hook("headerAuth", "httpHeaderAuth");
    credentials.put("httpHeaderAuth/1", Map.of("name", "X-Key"));
    assertThat(call("X-Key", "").statusCode()).isEqualTo(403);
    hook("jwtAuth", "jwtAuth");
    credentials.put("jwtAuth/1", Map.of("secret", ""));
    assertThat(call("authorization", "Bearer a.b.c").statusCode()).isEqualTo(403);
    assertThat(ingress.commands).isEmpty();
  }

  private static JWTClaimsSet claims(@Nullable Instant expires) {
    JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder().subject("ann").claim("n", 1);
    if (expires != null) {
      claims.claim("exp", expires.getEpochSecond());
    }
    return claims.build();
  }

  private static String signed(JWSAlgorithm algorithm, com.nimbusds.jose.JWSSigner signer)
      throws Exception {
    SignedJWT jwt = new SignedJWT(new JWSHeader(algorithm), claims(null));
    jwt.sign(signer);
    return "Bearer " + jwt.serialize();
  }

  private static String hs256(JWTClaimsSet claims) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build(), claims);
    jwt.sign(new MACSigner(SECRET));
    return "Bearer " + jwt.serialize();
  }

  @Test
  void tokensWithASecret() throws Exception {
    hook("jwtAuth", "jwtAuth");
    credentials.put("jwtAuth/1", Map.of("secret", SECRET));
    Instant now = Instant.now();

    assertThat(call().statusCode()).isEqualTo(401);
    String good = hs256(claims(now.plusSeconds(60)));
    for (String wrong :
        List.of(
            hs256(claims(now.minusSeconds(1))),
            hs256(
                new JWTClaimsSet.Builder()
                    .claim("nbf", now.plusSeconds(60).getEpochSecond())
                    .build()),
            hs256(new JWTClaimsSet.Builder().claim("exp", "soon").build()),
            signed(JWSAlgorithm.HS384, new MACSigner(SECRET)),
            signed(JWSAlgorithm.HS256, new MACSigner(SECRET + "!")),
            "Bearer " + new PlainJWT(claims(null)).serialize(),
            good.substring(0, good.length() - 4) + "AAAA",
            "Bearer ",
            "Bearer a.b",
            "Bearer ....")) {
      assertThat(call("authorization", wrong).statusCode()).as(wrong).isIn(401, 403);
    }
    assertThat(ingress.commands).isEmpty();
    assertThat(call("authorization", good).statusCode()).isEqualTo(200);
    assertThat(IngressFixture.object(ingress.item().get("jwtPayload")))
        .containsEntry("sub", "ann")
        .containsEntry("n", 1.0);
  }

  @Test
  void aShortSecretIsWhatManyHave() throws Exception {
    hook("jwtAuth", "jwtAuth");
    credentials.put("jwtAuth/1", Map.of("secret", "short", "algorithm", "HS256"));
    String input = base64Url("{\"alg\":\"HS256\"}") + "." + base64Url("{\"sub\":\"bob\"}");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("short".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String token =
        input
            + "."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    assertThat(call("authorization", "Bearer " + token).statusCode()).isEqualTo(200);
  }

  @Test
  void tokensWithAKeyPair() throws Exception {
    hook("jwtAuth", "jwtAuth");
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPair pair = rsa.generateKeyPair();
    String pem = pem(pair);
    credentials.put(
        "jwtAuth/1", Map.of("keyType", "pemKey", "publicKey", pem, "algorithm", "RS256"));
    assertThat(
            call("authorization", signed(JWSAlgorithm.RS256, new RSASSASigner(pair.getPrivate())))
                .statusCode())
        .isEqualTo(200);
    // The public key is no secret: a token signed with it as one must not pass.
    assertThat(call("authorization", signed(JWSAlgorithm.HS256, new MACSigner(pem))).statusCode())
        .isEqualTo(403);
    assertThat(
            call("authorization", signed(JWSAlgorithm.PS256, new RSASSASigner(pair.getPrivate())))
                .statusCode())
        .isEqualTo(403);

    KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
    ec.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair curve = ec.generateKeyPair();
    credentials.put(
        "jwtAuth/1", Map.of("keyType", "pemKey", "publicKey", pem(curve), "algorithm", "ES256"));
    assertThat(
            call(
                    "authorization",
                    signed(JWSAlgorithm.ES256, new ECDSASigner((ECPrivateKey) curve.getPrivate())))
                .statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
  void everyAlgorithmWithAKeyPairAndOnlyThatOne(String name) throws Exception {
    hook("jwtAuth", "jwtAuth");
    JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
    KeyPairGenerator generator = KeyPairGenerator.getInstance(name.startsWith("ES") ? "EC" : "RSA");
    if (name.startsWith("ES")) {
      generator.initialize(Curve.forJWSAlgorithm(algorithm).iterator().next().toECParameterSpec());
    } else {
      generator.initialize(2048);
    }
    KeyPair pair = generator.generateKeyPair();
    String token =
        signed(
            algorithm,
            name.startsWith("ES")
                ? new ECDSASigner((ECPrivateKey) pair.getPrivate())
                : new RSASSASigner(pair.getPrivate()));
    // As a form stores it that knows no line ends.
    String pem = pem(pair).replace("\n", "\\n");

    credentials.put("jwtAuth/1", Map.of("keyType", "pemKey", "publicKey", pem, "algorithm", name));
    assertThat(call("authorization", token).statusCode()).isEqualTo(200);
    assertThat(call("authorization", token.substring(0, token.length() - 8)).statusCode())
        .isEqualTo(403);

    String other = name.endsWith("256") ? "384" : "256";
    credentials.put(
        "jwtAuth/1",
        Map.of("keyType", "pemKey", "publicKey", pem, "algorithm", name.substring(0, 2) + other));
    assertThat(call("authorization", token).statusCode()).isEqualTo(403);
  }

  private static String pem(KeyPair pair) {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPublic().getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  private static String base64Url(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3,10.1.2.3,200",
    "10.1.2.3,10.1.2.4,403",
    "10.1.2.3,'10.0.0.0/8, 192.168.1.1',200",
    "11.1.2.3,'10.0.0.0/8, 192.168.1.1',403",
    "10.1.2.130,10.1.2.128/25,200",
    "10.1.2.127,10.1.2.128/25,403",
    "::ffff:10.1.2.3,10.1.2.3,200",
    "2001:db8::7,2001:db8::/32,200",
    "2001:db9::7,2001:db8::/32,403",
    "10.1.2.3,0.0.0.0/0,200",
    "10.1.2.3,not-an-address,403",
    "localhost,127.0.0.1,403",
    "'6.6.6.6, 10.1.2.3',6.6.6.6,403",
    "'6.6.6.6, 10.1.2.3',10.1.2.3,200"
  })
  void onlyListedAddresses(String forwardedFor, String list, int status) throws Exception {
    ingress.webhook("{\"path\":\"h\",\"options\":{\"ipWhitelist\":\"%s\"}}".formatted(list));
    assertThat(call("X-Forwarded-For", forwardedFor).statusCode()).isEqualTo(status);
    assertThat(ingress.commands).hasSize(status == 200 ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0,200",
    "Mozilla/5.0 (compatible; Googlebot/2.1),403",
    "curl/8.5.0,403",
    "facebookexternalhit/1.1,403"
  })
  void botsAreIgnoredWhereWanted(String agent, int status) throws Exception {
    ingress.webhook("{\"path\":\"h\",\"options\":{\"ignoreBots\":true}}");
    assertThat(call("User-Agent", agent).statusCode()).isEqualTo(status);
  }
}
