package dev.millrace.control.http;

import dev.millrace.control.access.Scope;

/** Who may call an endpoint. */
public sealed interface Access {
  /** Anybody: what it does must be harmless, or prove itself who calls. */
  record Open() implements Access {}

  /** Whoever is signed in; it must be about himself only. */
  record SignedIn() implements Access {}

  /** Whose role in the installation has the scope. */
  record Installation(Scope scope) implements Access {}

  /** Whose role in the project of the object has the scope: see {@link Grant}. */
  record Project(Scope scope) implements Access {}
}
