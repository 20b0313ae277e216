package dev.millrace.control.http;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Scope;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All endpoints, and the one way to them: who calls is found out, then whether he may, then the
 * handler runs. Thread-safe.
 */
public final class Api {
  private static final Logger LOG = LoggerFactory.getLogger(Api.class);

  private final List<Endpoint> endpoints;
  private final Authority authority;

  /**
   * @throws IllegalArgumentException when two endpoints have one id, or one method and path
   */
  public Api(List<Endpoint> endpoints, Authority authority) {
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
   * What an endpoint answers; never throws.
   *
   * @param call without who calls and where he may, which are found out here
   */
  Answer answer(Endpoint endpoint, Call call) {
    try {
      return endpoint.handler().handle(admitted(endpoint.access(), call));
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

  private Call admitted(Access access, Call call) {
    Optional<Principal> caller = authority.identify(call.header());
    Grant grant =
        switch (access) {
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
    return call.by(caller, grant);
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
