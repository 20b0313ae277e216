package dev.millrace.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs that try to reach what only this process can reach: no connection is opened for any. */
class HostileUrlsTest {
  /** Names that an attacker's name server answers with addresses of the inside. */
  private static final Map<String, List<String>> NAMES =
      Map.ofEntries(
          Map.entry("localhost", List.of("127.0.0.1", "::1")),
          Map.entry("localhost.", List.of("127.0.0.1")),
          Map.entry("app.localhost", List.of("127.0.0.1")),
          Map.entry("inside.example", List.of("10.0.0.8")),
          Map.entry("six.example", List.of("fd12:3456::8")),
          Map.entry("mapped.example", List.of("::ffff:192.168.0.1")),
          Map.entry("nat64.example", List.of("64:ff9b::a00:8")),
          Map.entry("metadata.google.internal", List.of("169.254.169.254")),
          Map.entry("127.0.0.1.nip.example", List.of("127.0.0.1")),
          Map.entry("everything.example", List.of("10.0.0.8", "127.0.0.1", "169.254.169.254")));

  private final List<InetSocketAddress> connections = new CopyOnWriteArrayList<>();
  private final List<String> questions = new CopyOnWriteArrayList<>();
  private final ApacheOutgoingHttp http =
      new ApacheOutgoingHttp(
          OutgoingHttpSettings.DEFAULT
              .withNames(this::resolve)
              .withBeforeConnect(connections::add));

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    questions.add(host);
    List<InetAddress> addresses = new ArrayList<>();
    for (String literal : NAMES.getOrDefault(host, List.of())) {
      addresses.add(InetAddress.ofLiteral(literal));
    }
    if (addresses.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return addresses;
  }

  @AfterEach
  void stop() {
    http.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Plain.
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/admin",
        "http://127.255.255.254/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://100.100.100.200/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.170.2/v2/credentials",
        "http://168.63.129.16/machine",
        "http://192.0.0.192/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        "http://198.19.255.255/",
        "http://198.51.100.7/",
        "http://203.0.113.9/",
        "http://192.88.99.1/",
        "http://224.0.0.1/",
        "http://239.255.255.250:1900/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "https://127.0.0.1/",
        // Number forms.
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0X7F.0.0.1/",
        "http://017700000001/",
        "http://0177.0.0.01/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0/",
        "http://00000000/",
        "http://0x0/",
        "http://3232235777/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://127%2e0%2e0%2e1/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://0x7f。1/",
        // IPv6, and IPv4 inside of it.
        "http://[::1]/",
        "http://[::]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[::7f00:1]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1::10.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[100::1]/",
        "http://[4000::1]/",
        // Names that lead inside.
        "http://localhost/",
        "http://LOCALHOST:5432/",
        "http://localhost./",
        "http://app.localhost/",
        "http://loc%61lhost/",
        "http://ｌｏｃａｌｈｏｓｔ/",
        "http://lo\u00adcalhost/",
        "http://inside.example/",
        "http://six.example/",
        "http://mapped.example/",
        "http://nat64.example/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://127.0.0.1.nip.example/",
        "http://everything.example/",
        // User-info and separators that hide the host.
        "http://example.com@127.0.0.1/",
        "http://example.com:80@127.0.0.1:80/",
        "http://example.com%2f@127.0.0.1/",
        "http://a@example.com@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1#@example.com/",
        "http://127.0.0.1?@example.com/",
        "http:\\\\127.0.0.1\\",
        "http:127.0.0.1/",
        "http:///127.0.0.1/",
        " http://127.0.0.1/ ",
        "ht\ntp://127.0.\t0.1/"
      })
  void refusedAddress(String url) {
    assertThatThrownBy(() -> http.send(HttpCall.of("GET", HttpUrl.parse(url))))
        .isInstanceOfSatisfying(
            OutgoingHttpException.class,
            failed -> assertThat(failed.code()).isEqualTo(ErrorCode.ADDRESS_REFUSED));
    assertThat(connections).isEmpty();
    assertThat(NAMES.keySet()).as("no question about a number").containsAll(questions);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ftp://127.0.0.1/",
        "dict://127.0.0.1:11211/stats",
        "ldap://127.0.0.1/",
        "jar:http://127.0.0.1!/",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "netdoc:///etc/hosts",
        "//127.0.0.1/",
        "127.0.0.1/",
        "",
        "http://",
        "http://:80/",
        "http://[::1%25lo]/",
        "http://[fe80::1%eth0]/",
        "http://[127.0.0.1]/",
        "http://[::1/",
        "http://[v1.x]/",
        "http://256.256.256.256/",
        "http://127.0.0.1.1/",
        "http://0x7f.0x0.0x0.0x100/",
        "http://09.0.0.1/",
        "http://4294967296/",
        "http://1.2.3.4.5/",
        "http://exa mple.com/",
        "http://a..b/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:80:80/",
        "http://127.0.0.1:8a/",
        "http://example.com%00.evil/",
        "http://example.com%0d%0aHost:evil/",
        "http://example.com%23@127.0.0.1%2f/"
      })
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
