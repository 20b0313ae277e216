package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.credentials.VaultRig.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class OAuthTest {
  private final AuthorizationServer server = new AuthorizationServer();
  private VaultRig rig;

  @BeforeEach
  void start(Database database) {
    rig = new VaultRig(database);
  }

  @AfterEach
  void stop() {
    rig.close();
    server.close();
    assertThat(rig.answers).noneMatch(answer -> answer.contains("canary"));
  }

  private record Begun(String url, String cookie) {}

  private Begun begin(String id) {
    Reply reply = rig.call("ann", "POST", "/api/credentials/" + id + "/oauth2/authorize");
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    String cookie = reply.response().headers().firstValue("set-cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly", "SameSite=Lax", "Secure");
    return new Begun(
        String.valueOf(reply.json().get("url")), cookie.substring(0, cookie.indexOf(';')));
  }

  private Reply back(String user, Map<String, String> query, @Nullable String cookie) {
    return rig.call(
        user,
        "GET",
        "/rest/oauth2-credential/callback?state="
            + query.get("state")
            + "&code="
            + query.get("code"),
        null,
        cookie == null ? Map.of() : Map.of("cookie", "a=b; " + cookie));
  }

  private Map<?, ?> tokens(String id) {
    return fields(id).get("oauthTokenData") instanceof Map<?, ?> map ? map : Map.of();
  }

  private Map<String, @Nullable Object> fields(String id) {
    return rig.lease("w-p1", "oAuth2Api", id, "").orElseThrow().fields();
  }

  private String connected() {
    String id = rig.created("oAuth2Api", "Service", server.credential("authorizationCode", ""));
    assertThat(back("ann", server.signIn(begin(id).url()), null).status()).isEqualTo(200);
    return id;
  }

  @Test
  void aSignInBringsATokenAndNodesGetNoMoreThanThat() {
    String id =
        rig.created(
            "oAuth2Api",
            "Service <b>",
            server.credential(
                "pkce", ", \"authQueryParameters\": \"prompt=consent&state=forged\""));
    Begun begun = begin(id);
    assertThat(begun.url())
        .startsWith(server.url("/authorize?tenant=1&"))
        .contains("prompt=consent", "response_type=code", "client_id=client")
        .contains("scope=read%20write", "code_challenge_method=S256")
        .contains("redirect_uri=https%3A%2F%2Fmillrace.example%2Frest%2Foauth2-credential")
        .doesNotContain("forged", "canary");

    Reply page = back("", server.signIn(begun.url()), begun.cookie());
    assertThat(page.status()).as(page.text()).isEqualTo(200);
    assertThat(page.text()).contains("Service &lt;b&gt;").doesNotContain("<b>");
    assertThat(server.grantsAndForget()).containsExactly("authorization_code");

    assertThat(tokens(id).get("access_token")).asString().startsWith("canary-access-");
    assertThat(tokens(id).containsKey("refresh_token")).isFalse();
    assertThat(fields(id)).doesNotContainKey("clientSecret").containsEntry("clientId", "client");
    Reply got = rig.call("ann", "GET", "/api/credentials/" + id);
    assertThat(got.data().get("oauthTokenData")).isEqualTo(CredentialFields.BLANK);
    assertThat(rig.dump()).doesNotContain("canary");
  }

  @Test
  void aChangeKeepsTheSignIn() {
    String id = connected();
    Object before = tokens(id).get("access_token");
    rig.call(
        "ann",
        "PATCH",
        "/api/credentials/" + id,
        "{\"data\": "
            + server
                .credential("authorizationCode", "")
                .replace(AuthorizationServer.CLIENT_SECRET, CredentialFields.BLANK)
            + "}");
    assertThat(tokens(id).get("access_token")).isEqualTo(before);
    rig.now = rig.now.plusSeconds(3600);
    assertThat(tokens(id).get("access_token")).isNotEqualTo(before);
  }

  @Test
  void aStateIsGoodOnceForItsUserAndForTenMinutes() {
    String id = rig.created("oAuth2Api", "Service", server.credential("authorizationCode", ""));
    Begun begun = begin(id);
    Map<String, String> query = server.signIn(begun.url());

    Map<String, String> forged = Map.of("state", "f".repeat(43), "code", "code-1");
    assertThat(back("ann", forged, begun.cookie()).text()).contains("not begun here");
    assertThat(back("ann", query, null).status()).isEqualTo(200);
    assertThat(back("ann", query, null).status()).isEqualTo(400);

    Begun another = begin(id);
    Map<String, String> stolen = server.signIn(another.url());
    assertThat(back("bob", stolen, null).status()).isEqualTo(400);
    assertThat(back("ann", stolen, null).status()).as("used up by whoever tried").isEqualTo(400);

    assertThat(back("bob", server.signIn(begin(id).url()), another.cookie()).status())
        .isEqualTo(400);
    assertThat(back("", server.signIn(begin(id).url()), another.cookie()).status()).isEqualTo(400);
    assertThat(back("", server.signIn(begin(id).url()), null).status()).isEqualTo(400);

    Map<String, String> late = server.signIn(begin(id).url());
    rig.now = rig.now.plusSeconds(600);
    assertThat(back("ann", late, null).status()).isEqualTo(400);
    assertThat(server.grantsAndForget()).containsExactly("authorization_code");

    begin(id);
    int states =
        rig.database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createQuery("select count(*) from credential_oauth_state")
                    .mapTo(Integer.class)
                    .one());
    assertThat(states).as("those that are over are gone").isEqualTo(1);
  }

  @Test
  void aStateOfOneCredentialDoesNotConnectAnother() {
    String id = rig.created("oAuth2Api", "Service", server.credential("authorizationCode", ""));
    String other = rig.created("oAuth2Api", "Other", server.credential("authorizationCode", ""));
    Map<String, String> query = server.signIn(begin(id).url());
    rig.database
        .jdbi()
        .useHandle(
            handle -> handle.execute("update credential_oauth_state set credential_id = ?", other));
    assertThat(back("ann", query, null).status()).isEqualTo(400);
    assertThat(server.grantsAndForget()).isEmpty();
    assertThat(tokensOf(other)).isEmpty();
  }

  private Map<?, ?> tokensOf(String id) {
    try {
      return fields(id).get("oauthTokenData") instanceof Map<?, ?> map ? map : Map.of();
    } catch (MillraceException none) {
      return Map.of();
    }
  }

  @Test
  void aServiceThatRefusesIsToldWithoutItsWords() {
    String id =
        rig.created(
            "oAuth2Api",
            "Service",
            server.credential("authorizationCode", "").replace("secret+%", "wrong"));
    Reply page = back("ann", server.signIn(begin(id).url()), null);
    assertThat(page.status()).isEqualTo(400);
    assertThat(page.text()).contains("400 and invalid_client").doesNotContain("canary");
    Reply denied =
        rig.call(
            "ann",
            "GET",
            "/rest/oauth2-credential/callback?error=access_denied&state="
                + server.signIn(begin(id).url()).get("state"));
    assertThat(denied.text()).contains("did not let the user in");
    String basic = rig.created("httpBasicAuth", "b", "{}");
    assertThat(rig.call("ann", "POST", "/api/credentials/" + basic + "/oauth2/authorize").status())
        .isEqualTo(400);
  }

  @Test
  void aTokenThatIsDueIsRenewedOnceForAll() throws Exception {
    String id = connected();
    server.grantsAndForget();
    Object before = tokens(id).get("access_token");
    assertThat(server.grants).isEmpty();

    rig.now = rig.now.plusSeconds(3600 - 60);
    // A vault of another process: only the row's lock is between them.
    try (SecondVault others = new SecondVault(rig)) {
      List<Callable<Object>> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(() -> tokens(id).get("access_token"));
        all.add(() -> others.accessToken(id));
      }
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Object> got = new ArrayList<>();
        for (Future<Object> each : threads.invokeAll(all)) {
          got.add(each.get());
        }
        assertThat(got).containsOnly(got.getFirst()).doesNotContain(before);
      }
    }
    assertThat(server.grantsAndForget()).containsExactly("refresh_token");
    assertThat(server.reused).isFalse();
  }

  @Test
  void aRefusedTokenIsRenewedOnceForAllWhoWereRefused() throws Exception {
    String id = connected();
    server.grantsAndForget();
    String refused = String.valueOf(tokens(id).get("access_token"));
    LeaseRequest request =
        new LeaseRequest("w-p1", "oAuth2Api", id, "", LeaseRequest.Want.FIELDS, refused);
    List<Callable<Object>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(() -> rig.vault.leases().lease(request).orElseThrow().fields().get("oauthTokenData"));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Object> each : threads.invokeAll(all)) {
        assertThat(((Map<?, ?>) each.get()).get("access_token")).isNotEqualTo(refused);
      }
    }
    assertThat(server.grantsAndForget()).containsExactly("refresh_token");
    assertThat(server.reused).isFalse();
  }

  @Test
  void whileTheServerIsDownAGoodTokenGoesOnAndAnOldOneIsAnError() {
    String id = connected();
    Object good = tokens(id).get("access_token");
    server.down = true;
    rig.now = rig.now.plusSeconds(3600 - 60);
    assertThat(tokens(id).get("access_token")).isEqualTo(good);
    rig.now = rig.now.plusSeconds(60);
    assertThatThrownBy(() -> tokens(id))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .hasMessageContaining("503")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.OAUTH_FAILED);
    server.down = false;
    rig.now = rig.now.plusSeconds(10);
    assertThat(tokens(id).get("access_token")).isNotEqualTo(good);
  }

  @Test
  void aClientsOwnCredentialsNeedNoSignIn() {
    server.expiresIn = 100;
    String id =
        rig.created(
            "oAuth2Api",
            "Robot",
            server.credential("clientCredentials", ", \"authentication\": \"body\""));
    Object first = tokens(id).get("access_token");
    assertThat(tokens(id).get("access_token")).isEqualTo(first);
    rig.now = rig.now.plusSeconds(20);
    assertThat(tokens(id).get("access_token")).isNotEqualTo(first);
    assertThat(server.grantsAndForget())
        .containsExactly("client_credentials", "client_credentials");
    assertThat(rig.call("ann", "POST", "/api/credentials/" + id + "/oauth2/authorize").status())
        .isEqualTo(400);
  }

  @Test
  void tokensAreNotFetchedFromInside() {
    String id =
        rig.created(
            "oAuth2Api",
            "Inside",
            """
            {"grantType": "clientCredentials", "accessTokenUrl": "http://10.1.2.3/token",
             "clientId": "c", "clientSecret": "canary"}
            """);
    assertThatThrownBy(() -> fields(id))
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.ADDRESS_REFUSED);
  }
}
