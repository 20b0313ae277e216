package dev.millrace.control.publicapi;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Handler;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;

/** What the endpoints of this API have in common. */
final class PublicEndpoint {
  /** n8n's. */
  static final int PAGE = 100;

  /** n8n's. */
  static final int LARGEST_PAGE = 250;

  /** An id, or another short text, as far as one is taken. */
  static final Schema ID = Schema.text(255);

  static final Parameter LIMIT = Parameter.limit(LARGEST_PAGE);
  static final Parameter CURSOR = Parameter.cursor();

  private static final String ROOT = "/api/v1";

  private PublicEndpoint() {}

  /**
   * One about what belongs to projects.
   *
   * @param path below {@code /api/v1}
   * @param id without the prefix that all here have
   */
  static Endpoint inProjects(
      String method, String path, String id, String summary, Scope scope, Handler handler) {
    return of(method, path, id, summary, new Access.Project(scope), handler);
  }

  /** One about the whole installation. */
  static Endpoint installation(
      String method, String path, String id, String summary, Scope scope, Handler handler) {
    return of(method, path, id, summary, new Access.Installation(scope), handler);
  }

  static Endpoint of(
      String method, String path, String id, String summary, Access access, Handler handler) {
    return new Endpoint(method, ROOT + path, "v1." + id, summary, access, handler);
  }
}
