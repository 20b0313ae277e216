package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.PlainHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.control.credentials.VaultRig.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.Secrets;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class LeasesTest {
  private VaultRig rig;

  @BeforeEach
  void start(Database database) {
    rig =
        new VaultRig(
            database,
            new Secrets(
                List.of(
                    new Secrets.Store(
                        "vault",
                        name ->
                            name.equals("key")
                                ? Optional.of(Secret.of("canary-external"))
                                : Optional.empty(),
                        Optional.empty()))));
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private LeaseRequest request(String workflow, String id, String name) {
    return new LeaseRequest(workflow, "httpBasicAuth", id, name, LeaseRequest.Want.FIELDS, "");
  }

  private HttpLeases worker() {
    return new HttpLeases(rig.url(), rig.tokens, "worker-1");
  }

  private static void assertFails(ErrorCode code, Callable<?> call) {
    assertThatThrownBy(call::call)
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(code);
  }

  @Test
  void workersGetWhatTheirWorkflowMayUseByIdElseByName() {
    String id = rig.created("httpBasicAuth", "Shop", "{\"password\": \"canary-1\"}");
    rig.call(
        "bob",
        "POST",
        "/api/credentials",
        "{\"name\": \"Shop\", \"type\": \"httpBasicAuth\", \"data\": {\"password\": \"canary-2\"}}");
    Lease lease = worker().lease(request("w-p1", id, "other")).orElseThrow();
    assertThat(lease.fields()).isEqualTo(Map.of("password", "canary-1"));
    assertThat(lease.validFor()).hasSeconds(60);
    assertThat(worker().lease(request("w-p2", id, "Shop")).orElseThrow().fields())
        .as("a foreign id is not there, its own of that name is")
        .isEqualTo(Map.of("password", "canary-2"));
    assertThat(worker().lease(request("w-p1", "", "Shop")).orElseThrow().fields())
        .isEqualTo(Map.of("password", "canary-1"));
    assertThat(worker().lease(request("w-p3", id, "Shop"))).isEmpty();
    assertThat(worker().lease(request("unknown", id, "Shop"))).isEmpty();
    assertThat(worker().lease(request("w-p1", "", ""))).isEmpty();
    assertThat(
            worker()
                .lease(
                    new LeaseRequest(
                        "w-p1", "httpHeaderAuth", id, "Shop", LeaseRequest.Want.FIELDS, "")))
        .isEmpty();
    assertThat(rig.answers).noneMatch(answer -> answer.contains("canary"));
  }

  @Test
  void secretsKeptElsewhereAreInTheLeaseAlone() {
    String id =
        rig.created("httpBasicAuth", "Shop", "{\"password\": \"={{ $secrets.vault.key }}\"}");
    assertThat(worker().lease(request("w-p1", id, "")).orElseThrow().fields())
        .containsEntry("password", "canary-external");
    assertThat(rig.call("ann", "GET", "/api/credentials/" + id).text()).doesNotContain("canary");
    String missing =
        rig.created("httpBasicAuth", "None", "{\"password\": \"={{ $secrets.vault.none }}\"}");
    assertFails(ErrorCode.SECRET_UNRESOLVED, () -> worker().lease(request("w-p1", missing, "")));
  }

  @Test
  void limitsComeWithoutTheFields() {
    String id =
        rig.call(
                "ann",
                "POST",
                "/api/credentials",
                "{\"name\": \"n\", \"type\": \"httpBasicAuth\", \"data\": {\"password\": \"canary\"},"
                    + " \"millrace\": {\"concurrency\": 3}}")
            .id();
    Lease lease =
        worker()
            .lease(new LeaseRequest("w-p1", "httpBasicAuth", id, "", LeaseRequest.Want.LIMITS, ""))
            .orElseThrow();
    assertThat(lease.limits()).isEqualTo(Map.of("concurrency", 3.0));
    assertThat(lease.fields()).isEmpty();
  }

  @Test
  void whoIsNotOfTheInstallationGetsNothing() {
    String id = rig.created("httpBasicAuth", "Shop", "{\"password\": \"canary\"}");
    WorkerTokens strangers =
        new WorkerTokens(new InstallationKey(Secret.random(32)), () -> rig.now);
    assertFails(
        ErrorCode.LEASE_REFUSED,
        () -> new HttpLeases(rig.url(), strangers, "w").lease(request("w-p1", id, "")));
    WorkerTokens early =
        new WorkerTokens(
            new InstallationKey(VaultRig.INSTALLATION), () -> rig.now.minusSeconds(120));
    assertFails(
        ErrorCode.LEASE_REFUSED,
        () -> new HttpLeases(rig.url(), early, "w").lease(request("w-p1", id, "")));
    assertFails(
        ErrorCode.CREDENTIALS_UNAVAILABLE,
        () ->
            new HttpLeases(URI.create("http://127.0.0.1:1"), rig.tokens, "w")
                .lease(request("w-p1", id, "")));
  }

  @Test
  void forgedTokensAreRefused() throws Exception {
    Secret key = new InstallationKey(VaultRig.INSTALLATION).derive("worker tokens");
    JWTClaimsSet good =
        new JWTClaimsSet.Builder()
            .issuer("millrace")
            .audience("worker")
            .subject("w")
            .jwtID("1")
            .issueTime(Date.from(rig.now))
            .expirationTime(Date.from(rig.now.plusSeconds(60)))
            .build();
    assertThat(rig.tokens.verify(signed(key, JWSAlgorithm.HS256, good)).name()).isEqualTo("w");
    List<String> forged =
        List.of(
            "",
            "a.b.c",
            new PlainJWT(new PlainHeader(), good).serialize(),
            signed(Secret.random(32), JWSAlgorithm.HS256, good),
            signed(Secret.of("k".repeat(64)), JWSAlgorithm.HS512, good),
            signed(key, JWSAlgorithm.HS256, with(good).audience("user").build()),
            signed(key, JWSAlgorithm.HS256, with(good).audience(List.of("worker", "x")).build()),
            signed(key, JWSAlgorithm.HS256, with(good).issuer("other").build()),
            signed(key, JWSAlgorithm.HS256, with(good).subject(null).build()),
            signed(key, JWSAlgorithm.HS256, with(good).jwtID(null).build()),
            signed(key, JWSAlgorithm.HS256, with(good).expirationTime(null).build()),
            signed(
                key,
                JWSAlgorithm.HS256,
                with(good).expirationTime(Date.from(rig.now.plusSeconds(86_400))).build()),
            signed(
                key,
                JWSAlgorithm.HS256,
                with(good).issueTime(Date.from(rig.now.plusSeconds(600))).build()));
    for (String token : forged) {
      assertFails(ErrorCode.LEASE_REFUSED, () -> rig.tokens.verify(token));
      Reply reply =
          rig.call(
              "", "POST", "/api/leases", "{\"token\": \"" + token + "\", \"sealed\": \"AAAA\"}");
      assertThat(reply.code()).isEqualTo("MR-5047");
    }
    String stolen = rig.tokens.issue("w").serialize();
    String elsewhere =
        Base64.getEncoder().encodeToString(rig.tokens.seal(Secret.of("{}"), "another", "request"));
    assertThat(
            rig.call(
                    "",
                    "POST",
                    "/api/leases",
                    "{\"token\": \"" + stolen + "\", \"sealed\": \"" + elsewhere + "\"}")
                .code())
        .as("a token alone is worth nothing")
        .isEqualTo("MR-5047");
    assertThat(rig.call("ann", "POST", "/api/leases", "{}").code()).isEqualTo("MR-5003");
  }

  private static JWTClaimsSet.Builder with(JWTClaimsSet claims) {
    return new JWTClaimsSet.Builder(claims);
  }

  private static String signed(Secret key, JWSAlgorithm algorithm, JWTClaimsSet claims)
      throws Exception {
    SignedJWT token = new SignedJWT(new JWSHeader(algorithm), claims);
    token.sign(new MACSigner(key.use(byte[]::clone)));
    return token.serialize();
  }

  @Test
  void withoutADatabaseThereIsAnErrorOfItsOwn() {
    String id = rig.created("httpBasicAuth", "Shop", "{\"password\": \"canary\"}");
    rig.database.close();
    assertFails(
        ErrorCode.CREDENTIALS_UNAVAILABLE, () -> worker().lease(request("w-p1", id, "Shop")));
  }
}
