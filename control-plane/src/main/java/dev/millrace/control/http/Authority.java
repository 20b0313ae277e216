package dev.millrace.control.http;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Scope;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Says who calls, and where he may do what. Thread-safe; asked for every request. */
public interface Authority {
  /**
   * Who the headers prove to call; empty when they hold no proof.
   *
   * @param header looks a header up by its lower-case name
   * @throws dev.millrace.error.MillraceException {@code NOT_SIGNED_IN} when the proof is no good
   */
  Optional<Principal> identify(Function<String, Optional<String>> header);

  /** The projects in which somebody's role has a scope. */
  Set<String> projects(Principal principal, Scope scope);
}
