package dev.millrace.nodes.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.AllowedHosts;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.LocalServer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A credential goes to the hosts that it allows, and to no other. */
class CredentialHostsTest {
  private final LocalServer server = new LocalServer();
  private final LocalServer other = new LocalServer();
  private final NodeRig rig = new NodeRig(HttpRequest::new);

  @AfterEach
  void stop() {
    rig.close();
    server.close();
    other.close();
  }

  private static String parameters(String url, String type, String more) {
    return """
    {"url": "%s", "authentication": "genericCredentialType", "genericAuthType": "%s"%s}
    """
        .formatted(url, type, more);
  }

  private void credential(String type, String hosts, Map<String, @Nullable Object> fields) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(fields);
    all.put("allowedHttpRequestDomains", hosts.isEmpty() ? "none" : "domains");
    all.put("allowedDomains", hosts);
    rig.credentials.put(type, all);
  }

  private void assertRefused(String parameters) {
    assertThatThrownBy(() -> rig.run(4.2, parameters))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary")
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(ErrorCode.HOST_NOT_ALLOWED);
  }

  @ParameterizedTest
  @CsvSource({
    "api.example.com, https://api.example.com/x, true",
    "api.example.com, https://API.EXAMPLE.COM:8443/x, true",
    "api.example.com, https://api.example.com.evil.org/, false",
    "api.example.com, https://api.example.com@evil.org/, false",
    "api.example.com, https://evil.org/api.example.com, false",
    "*.example.com, https://a.b.example.com/, true",
    "*.example.com, https://example.com/, false",
    "*.example.com, https://evilexample.com/, false",
    "'a.org, b.org', https://b.org/, true",
    "'', https://b.org/, false"
  })
  void aPatternIsAHostOrAllBelowADomain(String pattern, String url, boolean allowed) {
    assertThat(AllowedHosts.only(List.of(pattern)).allows(HttpUrl.parse(url))).isEqualTo(allowed);
  }

  @Test
  void fieldsSayWhichHosts() {
    assertThat(AllowedHosts.of(Map.of()).everyHost()).isTrue();
    assertThat(AllowedHosts.of(Map.of("allowedHttpRequestDomains", "all")).everyHost()).isTrue();
    assertThat(AllowedHosts.of(Map.of("allowedHttpRequestDomains", "none")).patterns())
        .contains(List.of());
    assertThat(AllowedHosts.of(Map.of("allowedHttpRequestDomains", "something")).patterns())
        .contains(List.of());
    AllowedHosts two = AllowedHosts.only(List.of("a.org", "*.b.org"));
    assertThat(AllowedHosts.of(two.fields())).isEqualTo(two);
    assertThat(AllowedHosts.of(AllowedHosts.only(List.of()).fields()).patterns())
        .contains(List.of());
    assertThat(AllowedHosts.ALL.fields()).isEmpty();
  }

  @Test
  void anAllowedHostGetsTheCredential() {
    server.on("/", 200, "application/json", "{}");
    credential("httpBearerAuth", "127.0.0.1", Map.of("token", "canary"));
    rig.run(4.2, parameters(server.url("/"), "httpBearerAuth", ""));
    assertThat(server.last().header("authorization")).isEqualTo("Bearer canary");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "api.example.com", "*.0.0.1"})
  void anotherHostIsNotEvenCalled(String hosts) {
    server.on("/", 200, "application/json", "{}");
    credential("httpBearerAuth", hosts, Map.of("token", "canary"));
    assertRefused(parameters(server.url("/"), "httpBearerAuth", ""));
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void aRedirectDoesNotTakeItAlongWhateverTheNodeSays() {
    other.on("/", 200, "application/json", "{}");
    server.on("/", (exchange, request) -> LocalServer.redirect(exchange, 307, other.url("/there")));
    String follow = ", \"options\": {\"sendCredentialsOnCrossOriginRedirect\": true}";
    rig.credentials.put("httpBearerAuth", Map.of("token", "canary"));
    rig.run(4.2, parameters(server.url("/"), "httpBearerAuth", follow));
    assertThat(other.last().header("authorization")).as("as the node says").contains("canary");

    credential("httpBearerAuth", "127.0.0.1", Map.of("token", "canary"));
    rig.run(4.2, parameters(server.url("/"), "httpBearerAuth", follow));
    assertThat(other.last().header("authorization")).isEmpty();
  }

  @Test
  void aBodyWithASecretIsNotSentOn() {
    other.on("/", 200, "application/json", "{}");
    server.on("/", (exchange, request) -> LocalServer.redirect(exchange, 307, other.url("/there")));
    String post =
        ", \"method\": \"POST\", \"options\": {\"response\": {\"response\": {\"neverError\": true}}}";
    rig.credentials.put("httpCustomAuth", Map.of("json", "{\"body\": {\"key\": \"canary\"}}"));
    rig.run(4.2, parameters(server.url("/"), "httpCustomAuth", post));
    assertThat(other.requests()).as("without hosts as ever").hasSize(1);

    credential("httpCustomAuth", "127.0.0.1", Map.of("json", "{\"body\": {\"key\": \"canary\"}}"));
    rig.run(4.2, parameters(server.url("/"), "httpCustomAuth", post));
    assertThat(server.last().body()).contains("canary");
    assertThat(other.requests()).hasSize(1);
  }

  @Test
  void aProxyIsAHostToo() {
    server.on("/", 200, "application/json", "{}");
    credential("httpBearerAuth", "api.example.com", Map.of("token", "canary"));
    assertRefused(
        parameters(
            "http://api.example.com/",
            "httpBearerAuth",
            ", \"options\": {\"proxy\": \"" + server.url("") + "\"}"));
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void aTokenThatIsRefusedIsRenewedWhereItIsRenewedForAll() {
    server.on(
        "/",
        (exchange, request) ->
            LocalServer.answer(
                exchange,
                request.header("authorization").equals("Bearer new") ? 200 : 401,
                "application/json",
                "{\"ok\":1}"));
    rig.credentials.put("oAuth2Api", Map.of("oauthTokenData", Map.of("access_token", "old")));
    rig.credentials.put(
        "oAuth2Api after old", Map.of("oauthTokenData", Map.of("access_token", "new")));
    assertThat(rig.run(4.2, parameters(server.url("/"), "oAuth2Api", "")).getFirst().json())
        .isEqualTo(Map.of("ok", 1.0));
    assertThat(server.requests()).hasSize(2);
  }
}
