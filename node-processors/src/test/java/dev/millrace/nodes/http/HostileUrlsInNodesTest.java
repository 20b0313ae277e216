package dev.millrace.nodes.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.HostileUrls;
import dev.millrace.http.LocalServer;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeServices;
import dev.millrace.nodes.NodeCode;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every node of the catalogue that has the way out is given every hostile URL in every place where
 * it takes one: no connection is opened for any. The nodes are found by what their code uses, so a
 * new one fails here until its places are listed.
 */
class HostileUrlsInNodesTest {
  private static final String NODES = "dev.millrace.nodes";

  /** The only host that may be called; it stands for any public one. */
  private static final String START = "start.example";

  private static JavaClasses code;

  private final AtomicInteger accepted = new AtomicInteger();
  private final List<InetSocketAddress> connections = new CopyOnWriteArrayList<>();
  private ServerSocket listener;
  private LocalServer start;
  private ApacheOutgoingHttp http;
  private volatile String redirect = "";

  /** A place of a node where it takes a URL. */
  enum Place {
    /** What it calls. */
    TARGET,
    /** Where what it calls sends it. */
    REDIRECT,
    PROXY,
    NEXT_PAGE,
    TOKEN
  }

  /** A node in one of its versions, and one of its places. */
  record Way(String type, double version, Place place) {}

  private static final Map<String, List<Place>> PLACES =
      Map.of(
          "n8n-nodes-base.httpRequest",
          List.of(Place.TARGET, Place.REDIRECT, Place.PROXY, Place.NEXT_PAGE, Place.TOKEN),
          "n8n-nodes-base.graphql",
          List.of(Place.TARGET, Place.REDIRECT, Place.TOKEN));

  @BeforeAll
  static void read() throws URISyntaxException {
    code = NodeCode.read();
  }

  @BeforeEach
  void listen() throws IOException {
    listener = new ServerSocket(0);
    ServerSocket here = listener;
    Thread.ofVirtual()
        .start(() -> {
          while (true) {
            try {
              Socket caught = here.accept();
              accepted.incrementAndGet();
              caught.close();
            } catch (IOException closed) {
              return;
            }
          }
        });
    start =
        new LocalServer()
            .on("/", 404, "text/plain", "nothing")
            .on("/page", 200, "application/json", "{\"page\": 1}")
            .on("/away", (exchange, request) -> LocalServer.redirect(exchange, 307, redirect));
    http =
        new ApacheOutgoingHttp(
            OutgoingHttpSettings.DEFAULT
                .withAllowed(List.of(START))
                .withNames(HostileUrlsInNodesTest::resolve)
                .withBeforeConnect(connections::add));
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    start.close();
    listener.close();
  }

  private static List<InetAddress> resolve(String host) throws UnknownHostException {
    return host.equals(START)
        ? List.of(InetAddress.ofLiteral("127.0.0.1"))
        : HostileUrls.resolve(host);
  }

  private static NodeCatalogue catalogue(NodeServices services) {
    return NodeCatalogue.discover(services);
  }

  /** The types of the nodes whose code, helpers of theirs included, has the way out. */
  private static Set<String> callers() {
    Set<String> callers = new TreeSet<>();
    for (NodeProcessor node : catalogue(new NodeServices(new JsExpressionEngine())).all()) {
      if (hasTheWayOut(code.get(node.getClass()))) {
        callers.add(node.spec().type());
      }
    }
    return callers;
  }

  private static boolean hasTheWayOut(JavaClass node) {
    Set<JavaClass> seen = new HashSet<>(Set.of(node));
    Deque<JavaClass> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      JavaClass next = open.remove();
      for (JavaMethodCall call : next.getMethodCallsFromSelf()) {
        if (call.getTargetOwner().isEquivalentTo(NodeServices.class)
            && call.getName().equals("http")) {
          return true;
        }
      }
      for (Dependency dependency : next.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass();
        if (target.isEquivalentTo(OutgoingHttp.class)) {
          return true;
        }
        if (target.getPackageName().startsWith(NODES) && seen.add(target)) {
          open.add(target);
        }
      }
    }
    return false;
  }

  @Test
  void theListsAreLongEnough() {
    Set<String> all = new HashSet<>(HostileUrls.inside());
    assertThat(all).hasSizeGreaterThanOrEqualTo(60);
    all.addAll(HostileUrls.notOfTheWeb());
    all.addAll(HostileUrls.here(1));
    assertThat(all).hasSizeGreaterThanOrEqualTo(150);
  }

  @Test
  void everyNodeWithTheWayOutIsTried() {
    assertThat(PLACES.keySet())
        .as("nodes that call HTTP; a new one needs its places listed here")
        .containsExactlyInAnyOrderElementsOf(callers());
  }

  static List<Way> ways() {
    NodeCatalogue nodes = catalogue(new NodeServices(new JsExpressionEngine()));
    List<Way> ways = new ArrayList<>();
    PLACES.forEach((type, places) -> {
      for (double version : nodes.find(type).orElseThrow().spec().versions()) {
        for (Place place : places) {
          // The first generation of HTTP Request has neither.
          boolean modern = version >= 3 || !type.endsWith("httpRequest");
          if (modern || !Set.of(Place.NEXT_PAGE, Place.TOKEN).contains(place)) {
            ways.add(new Way(type, version, place));
          }
        }
      }
    });
    return ways;
  }

  private Map<String, @Nullable Object> parameters(Way way, String url) {
    String base = "http://" + START + ":" + start.port();
    boolean graph = way.type().endsWith("graphql");
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    parameters.put(
        graph ? "endpoint" : "url",
        switch (way.place()) {
          case TARGET -> url;
          case REDIRECT -> base + "/away";
          case PROXY, NEXT_PAGE, TOKEN -> base + "/page";
        });
    if (graph) {
      parameters.put("query", "{ a }");
    }
    switch (way.place()) {
      case PROXY -> parameters.put("options", Map.of("proxy", url));
      case NEXT_PAGE ->
          parameters.put(
              "options",
              Map.of(
                  "pagination",
                  Map.of(
                      "pagination",
                      Map.of(
                          "paginationMode",
                          "responseContainsNextURL",
                          "nextURL",
                          url,
                          "paginationCompleteWhen",
                          "other",
                          "completeExpression",
                          "={{ false }}",
                          "limitPagesFetched",
                          true,
                          "maxRequests",
                          2.0))));
      case TOKEN -> {
        parameters.put("authentication", graph ? "oAuth2" : "genericCredentialType");
        parameters.put("genericAuthType", "oAuth2Api");
      }
      case TARGET, REDIRECT -> {}
    }
    return parameters;
  }

  private List<String> urls(Place place) {
    List<String> urls = new ArrayList<>(HostileUrls.inside());
    urls.addAll(HostileUrls.here(listener.getLocalPort()));
    urls.addAll(HostileUrls.notOfTheWeb());
    switch (place) {
      // Nothing is no proxy.
      case PROXY -> urls.removeIf(String::isBlank);
      // What a header cannot hold, and what is a path on the server itself.
      case REDIRECT ->
          urls.removeIf(url ->
              url.isBlank()
                  || !url.chars().allMatch(c -> c > ' ' && c < 0x7f)
                  || url.equals("127.0.0.1/")
                  || url.equals("http:127.0.0.1/"));
      case NEXT_PAGE, TARGET, TOKEN -> {}
    }
    return urls;
  }

  @ParameterizedTest
  @MethodSource("ways")
  void noConnectionIsOpened(Way way) throws Exception {
    Map<ErrorCode, Integer> outcomes = new LinkedHashMap<>();
    try (NodeRig rig =
        new NodeRig(
            services -> (EffectNode) catalogue(services).find(way.type()).orElseThrow(), http)) {
      for (String url : urls(way.place())) {
        redirect = url;
        rig.credentials.put(
            "oAuth2Api",
            Map.of(
                "grantType",
                "clientCredentials",
                "accessTokenUrl",
                url,
                "clientId",
                "me",
                "clientSecret",
                "secret"));
        @Nullable ErrorCode code = code(rig, way, Json.text(parameters(way, url)));
        if (way.place() == Place.TARGET) {
          assertThat(code)
              .as("%s with %s", way, url)
              .isIn(ErrorCode.ADDRESS_REFUSED, ErrorCode.INVALID_REQUEST);
        }
        // Elsewhere it may be that a text is not taken for a URL at all, with an error of its own.
        assertThat(code).as("%s with %s", way, url).isNotNull();
        outcomes.merge(Objects.requireNonNull(code), 1, Integer::sum);
        assertThat(connections)
            .as("%s with %s", way, url)
            .allMatch(to -> to.getPort() == start.port() && to.getHostString().equals(START));
      }
    }
    assertThat(outcomes.get(ErrorCode.ADDRESS_REFUSED)).isGreaterThanOrEqualTo(60);
    if (way.place() == Place.TARGET) {
      assertThat(connections).isEmpty();
    }
    // One that is real is counted, and it is the first.
    try (Socket real = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort())) {
      await().until(() -> accepted.get() > 0);
      assertThat(real.isConnected()).isTrue();
    }
    assertThat(accepted).hasValue(1);
  }

  static List<Way> targets() {
    return ways().stream().filter(way -> way.place() == Place.TARGET).toList();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aNameThatChangesItsAddressIsNotFollowedInside(Way way) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    OutgoingHttpSettings settings =
        OutgoingHttpSettings.DEFAULT
            .withAllowed(List.of("127.0.0.1"))
            .withBeforeConnect(connections::add)
            .withNames(host ->
                // Public (here: allowed) for the first check, inside from then on.
                List.of(
                    InetAddress.ofLiteral(
                        asked.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2")));
    String url = "http://rebinding.example:" + start.port() + "/page";
    List<@Nullable ErrorCode> codes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (NodeRig rig =
          new NodeRig(
              services -> (EffectNode) catalogue(services).find(way.type()).orElseThrow(),
              new ApacheOutgoingHttp(settings))) {
        codes.add(code(rig, way, Json.text(parameters(way, url))));
      }
    }

    assertThat(codes).containsExactly(null, ErrorCode.ADDRESS_REFUSED);
    assertThat(asked).hasValue(2);
    assertThat(connections)
        .singleElement()
        .satisfies(to -> assertThat(to.getAddress().getHostAddress()).isEqualTo("127.0.0.1"));
  }

  private static @Nullable ErrorCode code(NodeRig rig, Way way, String parameters) {
    try {
      rig.run(way.version(), parameters);
      return null;
    } catch (MillraceException failed) {
      return failed.code();
    }
  }
}
