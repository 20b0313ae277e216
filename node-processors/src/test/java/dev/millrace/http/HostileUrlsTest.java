package dev.millrace.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs that try to reach what only this process can reach: no connection is opened for any. */
class HostileUrlsTest {
  private final List<InetSocketAddress> connections = new CopyOnWriteArrayList<>();
  private final List<String> questions = new CopyOnWriteArrayList<>();
  private final ApacheOutgoingHttp http =
      new ApacheOutgoingHttp(
          OutgoingHttpSettings.DEFAULT
              .withNames(this::resolve)
              .withBeforeConnect(connections::add));

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    questions.add(host);
    return HostileUrls.resolve(host);
  }

  @AfterEach
  void stop() {
    http.close();
  }

  @ParameterizedTest
  @MethodSource("dev.millrace.http.HostileUrls#inside")
  void refusedAddress(String url) {
    assertThatThrownBy(() -> http.send(HttpCall.of("GET", HttpUrl.parse(url))))
        .isInstanceOfSatisfying(
            OutgoingHttpException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.ADDRESS_REFUSED));
    assertThat(connections).isEmpty();
    assertThat(HostileUrls.names()).as("no question about a number").containsAll(questions);
  }

  @ParameterizedTest
  @MethodSource("dev.millrace.http.HostileUrls#notOfTheWeb")
  void notAUrlOfTheWeb(String url) {
    assertThatThrownBy(() -> http.send(HttpCall.of("GET", HttpUrl.parse(url))))
        .isInstanceOfSatisfying(
            OutgoingHttpException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    assertThat(connections).isEmpty();
    assertThat(questions).isEmpty();
  }

  @Test
  void aNameThatChangesItsAddressIsConnectedWhereItWasChecked() throws Exception {
    try (LocalServer server = new LocalServer().on("/", 200, "text/plain", "here")) {
      AtomicInteger asked = new AtomicInteger();
      List<InetSocketAddress> opened = new CopyOnWriteArrayList<>();
      OutgoingHttpSettings settings =
          OutgoingHttpSettings.DEFAULT
              .withAllowed(List.of("127.0.0.1"))
              .withBeforeConnect(opened::add)
              .withNames(host -> {
                // Public (here: allowed) for the check, inside for whoever asks again.
                String next = asked.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2";
                return List.of(InetAddress.ofLiteral(next));
              });
      try (ApacheOutgoingHttp client = new ApacheOutgoingHttp(settings);
          HttpReply reply =
              client.send(
                  HttpCall.of(
                      "GET", HttpUrl.parse("http://rebinding.example:" + server.port() + "/")))) {
        assertThat(reply.bytes()).asString().isEqualTo("here");
      }
      assertThat(asked).hasValue(1);
      assertThat(opened)
          .singleElement()
          .satisfies(to -> assertThat(to.getAddress().getHostAddress()).isEqualTo("127.0.0.1"));
      assertThat(server.last().header("Host")).isEqualTo("rebinding.example:" + server.port());

      // The second time it leads inside, and the kept connection is gone.
      try (ApacheOutgoingHttp client = new ApacheOutgoingHttp(settings)) {
        assertThatThrownBy(() ->
                client.send(
                    HttpCall.of(
                        "GET", HttpUrl.parse("http://rebinding.example:" + server.port() + "/"))))
            .isInstanceOf(OutgoingHttpException.class)
            .hasMessageContaining("127.0.0.2");
      }
      assertThat(opened).hasSize(1);
    }
  }

  @Test
  void ofSeveralAddressesOnlyThePublicOnesAreUsed() throws Exception {
    List<InetSocketAddress> opened = new CopyOnWriteArrayList<>();
    try (LocalServer server = new LocalServer().on("/", 200, "text/plain", "here");
        ApacheOutgoingHttp client =
            new ApacheOutgoingHttp(
                OutgoingHttpSettings.DEFAULT
                    .withAllowed(List.of("127.0.0.1/32"))
                    .withBeforeConnect(opened::add)
                    .withNames(host ->
                        List.of(
                            InetAddress.ofLiteral("10.0.0.1"),
                            InetAddress.ofLiteral("127.0.0.1"),
                            InetAddress.ofLiteral("::1"))))) {
      HttpUrl url = HttpUrl.parse("http://mixed.example:" + server.port() + "/");
      try (HttpReply reply = client.send(HttpCall.of("GET", url))) {
        assertThat(reply.status()).isEqualTo(200);
      }
      assertThat(opened)
          .extracting(to -> to.getAddress().getHostAddress())
          .containsOnly("127.0.0.1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.2/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f000002/",
        "//10.0.0.1/",
        "\\\\10.0.0.1\\",
        "http://inside.example/"
      })
  void redirectsAreCheckedAgain(String location) throws Exception {
    List<InetSocketAddress> opened = new CopyOnWriteArrayList<>();
    try (LocalServer server = new LocalServer();
        ApacheOutgoingHttp client =
            new ApacheOutgoingHttp(
                OutgoingHttpSettings.DEFAULT
                    .withAllowed(List.of("127.0.0.1"))
                    .withBeforeConnect(opened::add)
                    .withNames(host ->
                        host.equals("localhost")
                            ? List.of(InetAddress.ofLiteral("::1"))
                            : resolve(host)))) {
      // A chain: the last of three hops leads inside.
      server.on("/a", (exchange, request) -> LocalServer.redirect(exchange, 302, "/b"));
      server.on("/b", (exchange, request) -> LocalServer.redirect(exchange, 307, "c"));
      server.on("/c", (exchange, request) -> LocalServer.redirect(exchange, 301, location));
      assertThatThrownBy(() -> client.send(HttpCall.of("GET", HttpUrl.parse(server.url("/a")))))
          .isInstanceOfSatisfying(
              OutgoingHttpException.class,
              failed -> assertThat(failed.code()).isEqualTo(ErrorCode.ADDRESS_REFUSED));
      assertThat(server.requests()).hasSize(3);
      assertThat(opened)
          .extracting(to -> to.getAddress().getHostAddress())
          .isSubsetOf(Set.of("127.0.0.1"));
    }
  }

  @Test
  void aRedirectToAnotherSchemeIsRefused() throws Exception {
    try (LocalServer server = new LocalServer();
        ApacheOutgoingHttp client =
            new ApacheOutgoingHttp(
                OutgoingHttpSettings.DEFAULT.withAllowed(List.of("127.0.0.1")))) {
      server.on(
          "/", (exchange, request) -> LocalServer.redirect(exchange, 302, "file:///etc/passwd"));
      assertThatThrownBy(() -> client.send(HttpCall.of("GET", HttpUrl.parse(server.url("/")))))
          .isInstanceOfSatisfying(
              OutgoingHttpException.class,
              failed -> assertThat(failed.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }
  }

  @Test
  void aProxyInsideIsRefusedAndSoIsWhatLiesBehindAnAllowedOne() throws Exception {
    HttpCall.Options inside =
        HttpCall.Options.DEFAULT.withProxy(HttpUrl.parse("http://10.0.0.1:3128"));
    assertThatThrownBy(() ->
            http.send(HttpCall.of("GET", HttpUrl.parse("http://8.8.8.8/")).withOptions(inside)))
        .isInstanceOf(OutgoingHttpException.class);
    assertThat(connections).isEmpty();

    try (LocalServer proxy = new LocalServer().on("/", 200, "text/plain", "metadata");
        ApacheOutgoingHttp client =
            new ApacheOutgoingHttp(
                OutgoingHttpSettings.DEFAULT
                    .withAllowed(List.of("127.0.0.1"))
                    .withNames(this::resolve))) {
      HttpCall.Options allowed = HttpCall.Options.DEFAULT.withProxy(HttpUrl.parse(proxy.url("/")));
      for (String target :
          List.of("http://169.254.169.254/", "http://inside.example/", "http://nobody.example/")) {
        assertThatThrownBy(
                () -> client.send(HttpCall.of("GET", HttpUrl.parse(target)).withOptions(allowed)))
            .isInstanceOfSatisfying(
                OutgoingHttpException.class,
                failed -> assertThat(failed.code()).isEqualTo(ErrorCode.ADDRESS_REFUSED));
      }
      assertThat(proxy.requests()).isEmpty();
    }
  }

  @Test
  void publicAddressesAreNotRefused() throws Exception {
    AddressGuard guard = new AddressGuard(true, List.of());
    for (String address :
        List.of(
            "8.8.8.8",
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.255.255",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888")) {
      assertThat(guard.refusal(address, InetAddress.ofLiteral(address))).as(address).isNull();
    }
  }

  @Test
  void allowListTakesHostsDomainsAddressesAndRanges() throws Exception {
    AddressGuard guard =
        new AddressGuard(
            true,
            List.of("10.1.0.0/16", "192.168.7.7", "fd00::/8", "erp.example", "*.corp.example"));
    InetAddress inside = InetAddress.ofLiteral("10.9.9.9");
    assertThat(guard.refusal("10.1.2.3", InetAddress.ofLiteral("10.1.2.3"))).isNull();
    assertThat(guard.refusal("x", InetAddress.ofLiteral("192.168.7.7"))).isNull();
    assertThat(guard.refusal("x", InetAddress.ofLiteral("fd12::1"))).isNull();
    assertThat(guard.refusal("ERP.example.", inside)).isNull();
    assertThat(guard.refusal("a.b.corp.example", inside)).isNull();
    assertThat(guard.refusal("corp.example", inside)).isNotNull();
    assertThat(guard.refusal("evilcorp.example", inside)).isNotNull();
    assertThat(guard.refusal("10.2.0.1", InetAddress.ofLiteral("10.2.0.1"))).isNotNull();
    assertThatThrownBy(() -> new AddressGuard(true, List.of("10.0.0.0/33")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
