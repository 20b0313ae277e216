package dev.millrace.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.millrace.error.ErrorCode;
import dev.millrace.http.HttpCall.Redirects;
import dev.millrace.http.HttpCall.UserPassword;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against real servers on this machine. */
class ApacheOutgoingHttpTest {
  private static final OutgoingHttpSettings HERE =
      OutgoingHttpSettings.DEFAULT.withAllowed(List.of("127.0.0.0/8", "localhost"));

  private final LocalServer server = new LocalServer();
  private final LocalServer other = new LocalServer();
  private final ApacheOutgoingHttp http = new ApacheOutgoingHttp(HERE);

  @AfterEach
  void stop() {
    http.close();
    server.close();
    other.close();
  }

  private HttpCall call(String method, String path) {
    return HttpCall.of(method, HttpUrl.parse(server.url(path)));
  }

  private static String text(ApacheOutgoingHttp client, HttpCall call) throws Exception {
    try (HttpReply reply = client.send(call)) {
      return new String(reply.bytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void sendsWhatTheCallSays() throws Exception {
    server.on("/echo", 201, "text/plain", "done");
    HttpCall call =
        call("POST", "/echo?a=b c&ü=1#x")
            .withHeader("X-One", "1")
            .withHeader("Content-Length", "999")
            .withBody(HttpBody.of("application/json", "{}"));
    try (HttpReply reply = http.send(call)) {
      assertThat(reply.status()).isEqualTo(201);
      assertThat(reply.reason()).isEqualTo("Created");
      assertThat(reply.header("content-type")).isEqualTo("text/plain");
      assertThat(reply.bytes()).asString().isEqualTo("done");
    }
    LocalServer.Request arrived = server.last();
    assertThat(arrived.uri()).isEqualTo("/echo?a=b%20c&%C3%BC=1");
    assertThat(arrived.body()).isEqualTo("{}");
    assertThat(arrived.header("content-type")).isEqualTo("application/json");
    assertThat(arrived.header("content-length")).isEqualTo("2");
    assertThat(arrived.header("x-one")).isEqualTo("1");
    assertThat(arrived.header("accept-encoding")).isEqualTo("gzip, compress, deflate, br");
    assertThat(arrived.header("cookie")).isEmpty();
  }

  @Test
  void headersWithLineBreaksAreRefused() {
    assertThatThrownBy(() -> call("GET", "/").withHeader("X", "a\r\nHost: evil"))
        .isInstanceOf(OutgoingHttpException.class);
    assertThatThrownBy(() -> call("GET", "/").withHeader("X y", "a"))
        .isInstanceOf(OutgoingHttpException.class);
    assertThatThrownBy(() -> call("GET / HTTP/1.1\r\n", "/"))
        .isInstanceOf(OutgoingHttpException.class);
  }

  @Test
  void cookiesAreNeitherKeptNorSent() throws Exception {
    server.on(
        "/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Set-Cookie", "a=b");
          LocalServer.answer(exchange, 200, "", "ok");
        });
    text(http, call("GET", "/"));
    text(http, call("GET", "/"));
    assertThat(server.last().header("cookie")).isEmpty();
  }

  @Test
  void redirectsDropTheBodyAndWhatIsSecretFromOtherHosts() throws Exception {
    other.on("/end", 200, "text/plain", "end");
    server.on("/end", 200, "text/plain", "end");
    server.on("/same", (exchange, request) -> LocalServer.redirect(exchange, 307, "/end"));
    server.on(
        "/away", (exchange, request) -> LocalServer.redirect(exchange, 302, other.url("/end")));
    HttpCall post =
        call("POST", "/same")
            .withHeader("authorization", "Basic x")
            .withSecretHeader("X-Api-Key", "k")
            .withHeader("X-Plain", "p")
            .withBody(HttpBody.of("text/plain", "body"));

    assertThat(text(http, post)).isEqualTo("end");
    assertThat(server.last().method()).isEqualTo("POST");
    assertThat(server.last().body()).isEqualTo("body");
    assertThat(server.last().header("x-api-key")).isEqualTo("k");

    assertThat(text(http, post.withUrl(HttpUrl.parse(server.url("/away"))))).isEqualTo("end");
    assertThat(other.last().method()).isEqualTo("GET");
    assertThat(other.last().body()).isEmpty();
    assertThat(other.last().header("content-type")).isEmpty();
    assertThat(other.last().header("authorization")).isEmpty();
    assertThat(other.last().header("x-api-key")).isEmpty();
    assertThat(other.last().header("x-plain")).isEqualTo("p");

    HttpCall sharing =
        post.withUrl(HttpUrl.parse(server.url("/away")))
            .withOptions(HttpCall.Options.DEFAULT.withSecretsFollowRedirects(true));
    text(http, sharing);
    assertThat(other.last().header("x-api-key")).isEqualTo("k");
    assertThat(other.last().header("authorization")).isEqualTo("Basic x");
  }

  @Test
  void theUserOfAUrlStaysWithItsHost() throws Exception {
    other.on("/end", 200, "text/plain", "end");
    server.on(
        "/away", (exchange, request) -> LocalServer.redirect(exchange, 302, other.url("/end")));
    text(
        http,
        HttpCall.of("GET", HttpUrl.parse("http://me:pass@127.0.0.1:" + server.port() + "/away")));
    assertThat(server.last().header("authorization"))
        .isEqualTo(
            "Basic "
                + Base64.getEncoder().encodeToString("me:pass".getBytes(StandardCharsets.UTF_8)));
    assertThat(other.last().header("authorization")).isEmpty();
  }

  @Test
  void redirectsStopWhereTheCallSays() throws Exception {
    server.on("/loop", (exchange, request) -> LocalServer.redirect(exchange, 302, "/loop"));
    HttpCall.Options three = HttpCall.Options.DEFAULT.withRedirects(Redirects.ALL, 3);
    OutgoingHttpException failed =
        catchThrowableOfType(
            OutgoingHttpException.class, () -> http.send(call("GET", "/loop").withOptions(three)));
    assertThat(failed.code()).isEqualTo(ErrorCode.TOO_MANY_REDIRECTS);
    assertThat(server.requests()).hasSize(4);

    try (HttpReply reply =
        http.send(
            call("GET", "/loop")
                .withOptions(HttpCall.Options.DEFAULT.withRedirects(Redirects.NONE, 0)))) {
      assertThat(reply.status()).isEqualTo(302);
    }
    try (HttpReply reply =
        http.send(
            call("POST", "/loop")
                .withOptions(HttpCall.Options.DEFAULT.withRedirects(Redirects.SAFE_METHODS, 5)))) {
      assertThat(reply.status()).isEqualTo(302);
    }
  }

  @Test
  void answersAreDecompressed() throws Exception {
    byte[] plain = "compressed text".repeat(100).getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gzip)) {
      out.write(plain);
    }
    ByteArrayOutputStream deflate = new ByteArrayOutputStream();
    try (OutputStream out = new DeflaterOutputStream(deflate)) {
      out.write(plain);
    }
    // "Hello" in Brotli, made elsewhere.
    byte[] brotli = Base64.getDecoder().decode("CwKASGVsbG8D");
    for (var each :
        List.of(
            List.of("gzip", gzip.toByteArray(), plain),
            List.of("deflate", deflate.toByteArray(), plain),
            List.of("br", brotli, "Hello".getBytes(StandardCharsets.UTF_8)),
            List.of("zstd", brotli, brotli),
            List.of("gzip", new byte[0], new byte[0]))) {
      String encoding = (String) each.get(0);
      try (LocalServer one =
          new LocalServer()
              .on(
                  "/",
                  (exchange, request) -> {
                    exchange.getResponseHeaders().set("Content-Encoding", encoding);
                    LocalServer.answer(exchange, 200, "text/plain", (byte[]) each.get(1));
                  })) {
        try (HttpReply reply = http.send(HttpCall.of("GET", HttpUrl.parse(one.url("/"))))) {
          assertThat(reply.bytes()).as(encoding).isEqualTo((byte[]) each.get(2));
        }
      }
    }
  }

  @Test
  void aBombEndsAtTheLimit() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bomb)) {
      out.write(new byte[2_000_000]);
    }
    server.on(
        "/",
        (exchange, request) -> {
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          LocalServer.answer(exchange, 200, "text/plain", bomb.toByteArray());
        });
    try (ApacheOutgoingHttp small = new ApacheOutgoingHttp(HERE.withLimits(100_000, 1_000_000))) {
      try (HttpReply reply = small.send(call("GET", "/"))) {
        assertThatThrownBy(reply::bytes)
            .isInstanceOfSatisfying(
                OutgoingHttpException.class,
                failed -> assertThat(failed.code()).isEqualTo(ErrorCode.RESPONSE_TOO_LARGE));
      }
      try (HttpReply reply = small.send(call("GET", "/"))) {
        assertThatThrownBy(() -> reply.body().transferTo(OutputStream.nullOutputStream()))
            .isInstanceOf(OutgoingHttpException.class);
      }
    }
  }

  @Test
  void largeBodiesPassAsStreams() throws Exception {
    long size = 64L << 20;
    server.on(
        "/",
        (exchange, request) -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] piece = new byte[1 << 16];
          for (long sent = 0; sent < size; sent += piece.length) {
            exchange.getResponseBody().write(piece);
          }
        });
    try (HttpReply reply = http.send(call("GET", "/"))) {
      long arrived = 0;
      byte[] piece = new byte[1 << 16];
      InputStream body = reply.body();
      for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
        arrived += read;
      }
      assertThat(arrived).isEqualTo(size);
    }
  }

  @Test
  void silentServersRunIntoTheTimeOut() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    server.on(
        "/",
        (exchange, request) -> {
          try {
            end.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
        });
    HttpCall.Options brief = HttpCall.Options.DEFAULT.withTimeout(Duration.ofMillis(200));
    OutgoingHttpException failed =
        catchThrowableOfType(
            OutgoingHttpException.class, () -> http.send(call("GET", "/").withOptions(brief)));
    assertThat(failed.code()).isEqualTo(ErrorCode.NO_ANSWER_IN_TIME);
    assertThat(failed.reason()).isEqualTo("ECONNABORTED");
    end.countDown();
  }

  @Test
  void aServerThatTricklesItsHeadersRunsIntoTheTimeOutToo() throws Exception {
    try (ServerSocket trickling = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CountDownLatch over = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(() -> {
            try (var socket = trickling.accept()) {
              socket
                  .getOutputStream()
                  .write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
              while (!over.await(50, TimeUnit.MILLISECONDS)) {
                socket.getOutputStream().write("X: y\r\n".getBytes(StandardCharsets.US_ASCII));
              }
            } catch (IOException | InterruptedException gone) {
              // The client hung up, as it should.
            }
          });
      HttpCall call =
          HttpCall.of("GET", HttpUrl.parse("http://127.0.0.1:" + trickling.getLocalPort() + "/"))
              .withOptions(HttpCall.Options.DEFAULT.withTimeout(Duration.ofMillis(400)));
      assertThatThrownBy(() -> http.send(call))
          .isInstanceOfSatisfying(
              OutgoingHttpException.class,
              failed -> assertThat(failed.code()).isEqualTo(ErrorCode.NO_ANSWER_IN_TIME));
      over.countDown();
    }
  }

  @Test
  void anInterruptEndsTheCall() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    server.on(
        "/",
        (exchange, request) -> {
          arrived.countDown();
          try {
            end.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
          }
        });
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread worker =
        Thread.ofVirtual()
            .start(() -> {
              try {
                http.send(call("GET", "/")).close();
              } catch (Throwable failed) {
                thrown.set(failed);
              }
            });
    assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
    worker.interrupt();
    assertThat(worker.join(Duration.ofSeconds(10))).isTrue();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    end.countDown();
  }

  @Test
  void nobodyThereIsSaid() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    OutgoingHttpException failed =
        catchThrowableOfType(
            OutgoingHttpException.class,
            () -> http.send(HttpCall.of("GET", HttpUrl.parse("http://127.0.0.1:" + free + "/"))));
    assertThat(failed.code()).isEqualTo(ErrorCode.CONNECTION_FAILED);
    assertThat(failed.reason()).isEqualTo("ECONNREFUSED");
  }

  @Test
  void answersADigestChallengeOfTheFirstHostOnly() throws Exception {
    other.on(
        "/",
        (exchange, request) -> {
          exchange
              .getResponseHeaders()
              .set("WWW-Authenticate", "Digest realm=\"r\", nonce=\"abc\", qop=\"auth\"");
          LocalServer.answer(exchange, 401, "", "");
        });
    server.on(
        "/",
        (exchange, request) -> {
          if (request.uri().equals("/away")) {
            LocalServer.redirect(exchange, 302, other.url("/"));
          } else if (request.header("authorization").isEmpty()) {
            exchange
                .getResponseHeaders()
                .set("WWW-Authenticate", "Digest realm=\"r\", nonce=\"abc\", qop=\"auth\"");
            LocalServer.answer(exchange, 401, "", "");
          } else {
            LocalServer.answer(exchange, 200, "", "in");
          }
        });
    HttpCall digest =
        call("POST", "/")
            .withDigest(new UserPassword("me", "pass"))
            .withBody(HttpBody.of(null, "b"));
    assertThat(text(http, digest)).isEqualTo("in");
    assertThat(server.last().header("authorization"))
        .startsWith("Digest ")
        .contains("username=\"me\"")
        .contains("response=");
    assertThat(server.last().body()).isEqualTo("b");
    try (HttpReply reply =
        http.send(call("GET", "/away").withDigest(new UserPassword("me", "pass")))) {
      assertThat(reply.status()).isEqualTo(401);
    }
    assertThat(other.last().header("authorization")).isEmpty();
  }

  @Test
  void goesThroughAProxyWithItsPassword() throws Exception {
    LocalServer proxy =
        other.on(
            "/",
            (exchange, request) -> {
              if (request.header("proxy-authorization").isEmpty()) {
                exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"p\"");
                LocalServer.answer(exchange, 407, "", "");
              } else {
                LocalServer.answer(exchange, 200, "", "via");
              }
            });
    HttpUrl where = HttpUrl.parse("http://u:p@127.0.0.1:" + proxy.port());
    assertThat(text(http, call("GET", "/x").withOptions(HttpCall.Options.DEFAULT.withProxy(where))))
        .isEqualTo("via");
    assertThat(proxy.last().uri()).isEqualTo(server.url("/x"));
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void aDetourTakesEveryCall() throws Exception {
    server.on("/", 200, "text/plain", "stage");
    OutgoingHttpSettings rehearsal =
        OutgoingHttpSettings.DEFAULT
            .withDetour(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))
            .withNames(host -> {
              throw new AssertionError("no name is looked up");
            });
    try (ApacheOutgoingHttp client = new ApacheOutgoingHttp(rehearsal)) {
      assertThat(text(client, HttpCall.of("GET", HttpUrl.parse("https://api.example/v1?a=1"))))
          .isEqualTo("stage");
      assertThat(server.last().uri()).isEqualTo("https://api.example/v1?a=1");
      assertThat(server.last().header("host")).isEqualTo("api.example");
    }
  }

  @Test
  void certificatesAreCheckedIgnoredTrustedAndShown(@TempDir Path folder) throws Exception {
    Pem ours = Pem.make(folder, "server", "localhost");
    Pem client = Pem.make(folder, "client", "someone");
    HttpsServer tls =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    AtomicReference<String> shown = new AtomicReference<>("");
    tls.setHttpsConfigurator(
        new HttpsConfigurator(ours.context(client)) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setWantClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    tls.createContext(
        "/",
        exchange -> {
          try {
            shown.set(
                ((com.sun.net.httpserver.HttpsExchange) exchange)
                    .getSSLSession()
                    .getPeerPrincipal()
                    .getName());
          } catch (javax.net.ssl.SSLPeerUnverifiedException nobody) {
            shown.set("");
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    tls.start();
    try {
      HttpCall call =
          HttpCall.of(
              "GET", HttpUrl.parse("https://localhost:" + tls.getAddress().getPort() + "/"));
      assertThatThrownBy(() -> http.send(call))
          .isInstanceOfSatisfying(
              OutgoingHttpException.class,
              failed -> assertThat(failed.code()).isEqualTo(ErrorCode.TLS_FAILED));
      HttpCall.Options options = HttpCall.Options.DEFAULT;
      http.send(call.withOptions(options.withAnyCertificate(true))).close();
      assertThat(shown.get()).isEmpty();
      for (String key : List.of(client.key(), client.sealedKey())) {
        ClientCertificate own =
            new ClientCertificate(ours.certificate(), client.certificate(), key, "secret");
        http.send(call.withOptions(options.withCertificate(own))).close();
        assertThat(shown.get()).contains("CN=someone");
        shown.set("");
      }
      // Nobody else is taken for the one who showed a certificate.
      http.send(call.withOptions(options.withAnyCertificate(true))).close();
      assertThat(shown.get()).isEmpty();
      assertThatThrownBy(() ->
              http.send(
                  call.withOptions(
                      options.withCertificate(
                          new ClientCertificate("", "nonsense", "nonsense", "")))))
          .isInstanceOfSatisfying(
              OutgoingHttpException.class,
              failed -> assertThat(failed.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    } finally {
      tls.stop(0);
    }
  }

  /** A certificate that vouches for itself, made by the JDK's keytool. */
  private record Pem(Path store, String certificate, String key, String sealedKey) {
    private static final char[] PASSWORD = "secret".toCharArray();

    static Pem make(Path folder, String name, String commonName) throws Exception {
      Path file = folder.resolve(name + ".p12");
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "a",
                  "-keyalg",
                  "RSA",
                  "-keysize",
                  "2048",
                  "-dname",
                  "CN=" + commonName,
                  "-ext",
                  "san=dns:localhost",
                  "-keystore",
                  file.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  "secret",
                  "-validity",
                  "2")
              .redirectErrorStream(true)
              .start();
      keytool.getInputStream().readAllBytes();
      assertThat(keytool.waitFor()).isZero();
      KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD);
      byte[] key = store.getKey("a", PASSWORD).getEncoded();
      javax.crypto.SecretKeyFactory keys =
          javax.crypto.SecretKeyFactory.getInstance("PBEWithHmacSHA256AndAES_256");
      javax.crypto.Cipher cipher = javax.crypto.Cipher.getInstance("PBEWithHmacSHA256AndAES_256");
      cipher.init(
          javax.crypto.Cipher.ENCRYPT_MODE,
          keys.generateSecret(new javax.crypto.spec.PBEKeySpec(PASSWORD)));
      java.security.AlgorithmParameters sealing =
          java.security.AlgorithmParameters.getInstance("PBES2");
      sealing.init(cipher.getParameters().getEncoded());
      byte[] sealed =
          new javax.crypto.EncryptedPrivateKeyInfo(sealing, cipher.doFinal(key)).getEncoded();
      return new Pem(
          file,
          pem("CERTIFICATE", store.getCertificate("a").getEncoded()),
          pem("PRIVATE KEY", key),
          pem("ENCRYPTED PRIVATE KEY", sealed));
    }

    private static String pem(String what, byte[] bytes) {
      return "-----BEGIN "
          + what
          + "-----\n"
          + Base64.getMimeEncoder().encodeToString(bytes)
          + "\n-----END "
          + what
          + "-----\n";
    }

    SSLContext context(Pem trusted) throws Exception {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(KeyStore.getInstance(store.toFile(), PASSWORD), PASSWORD);
      KeyStore known = KeyStore.getInstance("PKCS12");
      known.load(null, PASSWORD);
      try (InputStream other = Files.newInputStream(trusted.store())) {
        KeyStore theirs = KeyStore.getInstance("PKCS12");
        theirs.load(other, PASSWORD);
        known.setCertificateEntry("a", theirs.getCertificate("a"));
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(known);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    }
  }
}
