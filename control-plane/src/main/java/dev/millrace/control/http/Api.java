package dev.millrace.control.http;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Scope;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All endpoints, and the one way to them: who calls is found out, then whether he may, then the
 * handler runs. Thread-safe.
 */
public final class Api {
  private static final Logger LOG = LoggerFactory.getLogger(Api.class);

  /** A workflow of n8n's largest size, and its envelope. */
  private static final int MAX_BODY = 17 * 1024 * 1024;

  /** What somebody may send of whom nothing is known. */
  private static final int MAX_OPEN_BODY = 64 * 1024;

  /**
   * Bodies are held whole, and parsed they take several times as much: so few large ones at once.
   */
  private static final int LARGE_BODIES = 3;

  private static final int LARGE = 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final List<Endpoint> endpoints;
  private final Authority authority;
  private final RateLimit rates;
  private final Semaphore large = new Semaphore(LARGE_BODIES, true);

  /**
   * @throws IllegalArgumentException when two endpoints have one id, or one method and path
   */
  public Api(List<Endpoint> endpoints, Authority authority, RateLimit rates) {
    this.rates = rates;
    this.endpoints = List.copyOf(endpoints);
    this.authority = authority;
    Set<String> known = new HashSet<>();
    for (Endpoint endpoint : endpoints) {
      if (!known.add(endpoint.id())
          || !known.add(endpoint.method() + " " + endpoint.path().replaceAll("\\{[^}]*}", "{}"))) {
        throw new IllegalArgumentException(endpoint.id() + " is there twice");
      }
    }
  }

  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /**
   * What an endpoint answers; never throws. The body is read once it is known who sends it.
   *
   * @param call without who calls, where he may, and the content, which are found out here
   * @param length of the body as announced, negative where it is not
   */
  Answer answer(Endpoint endpoint, Call call, Body body, long length) {
    return told(
        endpoint,
        () -> {
          Optional<Principal> caller = caller(endpoint.access(), call);
          return caller.isEmpty()
              ? admitted(endpoint, call, caller, body, length)
              : counted(
                  caller.get(),
                  () -> told(endpoint, () -> admitted(endpoint, call, caller, body, length)));
        });
  }

  /** Where anybody may come, a proof that is not good any more proves nothing, and is no error. */
  private Optional<Principal> caller(Access access, Call call) {
    try {
      return authority.identify(call.header());
    } catch (MillraceException unproven) {
      if (access instanceof Access.Open && unproven.code() == ErrorCode.NOT_SIGNED_IN) {
        return Optional.empty();
      }
      throw unproven;
    }
  }

  /** Work on a request that may fail in ways that its caller is told. */
  @FunctionalInterface
  private interface Work {
    Answer run() throws IOException, InterruptedException;
  }

  private static Answer told(Endpoint endpoint, Work work) {
    try {
      return work.run();
    } catch (IOException broken) {
      return Problems.of(ErrorCode.UNSUPPORTED_BODY, "The body did not arrive completely");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return Problems.of(ErrorCode.OVERLOADED, "The server stops");
    } catch (MillraceException told) {
      if (told.code().kind() == ErrorCode.Kind.INTERNAL) {
        LOG.error("{} failed", endpoint.id(), told);
      }
      return Problems.of(told.code(), told.text());
    } catch (RuntimeException defect) {
      // What it says may quote what must not be told.
      LOG.error("{} failed", endpoint.id(), defect);
      return Problems.of(ErrorCode.INTERNAL, "The request could not be served");
    }
  }

  private Answer counted(Principal caller, Work work) throws IOException, InterruptedException {
    RateLimit.Standing standing = rates.count(caller);
    Answer answer =
        standing.remaining() >= 0
            ? work.run()
            : Problems.of(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "There were " + standing.limit() + " requests within a minute")
                .with("retry-after", String.valueOf(standing.resetSeconds()));
    return answer
        .with("ratelimit-limit", String.valueOf(standing.limit()))
        .with("ratelimit-remaining", String.valueOf(Math.max(0, standing.remaining())))
        .with("ratelimit-reset", String.valueOf(standing.resetSeconds()));
  }

  private Answer admitted(
      Endpoint endpoint, Call call, Optional<Principal> caller, Body body, long length)
      throws IOException, InterruptedException {
    Call known = call.by(caller, grant(endpoint.access(), caller));
    int most = caller.isPresent() ? MAX_BODY : MAX_OPEN_BODY;
    if (length > most) {
      return tooLarge(most);
    }
    if (length >= 0 && length <= LARGE) {
      return handle(endpoint, known, body, most);
    }
    if (!large.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      return Problems.of(ErrorCode.OVERLOADED, "Too many large requests at a time")
          .with("retry-after", "5");
    }
    try {
      return handle(endpoint, known, body, most);
    } finally {
      large.release();
    }
  }

  private Answer handle(Endpoint endpoint, Call call, Body body, int most) throws IOException {
    byte[] content = body.read(most);
    if (content.length > most) {
      return tooLarge(most);
    }
    Call complete = call.with(content);
    endpoint.check(complete);
    return endpoint.handler().handle(complete).grantedBy(() -> grantNow(endpoint, call));
  }

  private Grant grantNow(Endpoint endpoint, Call call) {
    return grant(endpoint.access(), caller(endpoint.access(), call));
  }

  private static Answer tooLarge(int most) {
    return Problems.of(ErrorCode.BODY_TOO_LARGE, "The body is larger than " + most + " bytes")
        .with("connection", "close");
  }

  /**
   * What an endpoint of {@code GET} answers as part of another request, to who sent that.
   *
   * @param values those of the path and of the query
   * @throws MillraceException what its caller would be told
   */
  public @Nullable Object read(Endpoint endpoint, Call outer, Map<String, String> values) {
    Map<String, String> path = new HashMap<>(values);
    path.keySet().retainAll(endpoint.pathParameters());
    Map<String, String> query = new HashMap<>(values);
    query.keySet().removeAll(endpoint.pathParameters());
    Call inner =
        new Call(
            outer.caller(),
            grant(endpoint.access(), outer.caller()),
            path,
            query,
            outer.header(),
            Content.EMPTY,
            outer.address());
    endpoint.check(inner);
    return Json.parse(endpoint.handler().handle(inner).body());
  }

  private Grant grant(Access access, Optional<Principal> caller) {
    return switch (access) {
      case Access.Open() -> Grant.none();
      case Access.SignedIn() -> {
        known(caller);
        yield Grant.none();
      }
      case Access.Installation(Scope scope) -> {
        Principal principal = known(caller);
        if (!principal.keyAllows(scope) || !principal.role().scopes().contains(scope)) {
          throw notAllowed(scope);
        }
        yield Grant.none();
      }
      case Access.Project(Scope scope) -> grant(known(caller), scope);
    };
  }

  private Grant grant(Principal principal, Scope scope) {
    if (!principal.keyAllows(scope)) {
      throw notAllowed(scope);
    }
    if (principal.role().reachesEverything(scope)) {
      return Grant.all();
    }
    Set<String> projects = authority.projects(principal, scope);
    if (projects.isEmpty()) {
      throw notAllowed(scope);
    }
    return new Grant(false, projects);
  }

  private static Principal known(Optional<Principal> caller) {
    return caller.orElseThrow(
        () -> new MillraceException(ErrorCode.NOT_SIGNED_IN, "Nobody is signed in"));
  }

  private static MillraceException notAllowed(Scope scope) {
    return new MillraceException(
        ErrorCode.NOT_ALLOWED, "This needs the scope " + scope.text() + ", which you do not have");
  }
}
