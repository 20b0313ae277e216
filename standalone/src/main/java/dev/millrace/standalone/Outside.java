package dev.millrace.standalone;

import dev.millrace.http.ApacheOutgoingHttp;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.node.NodeCredentials;
import java.util.List;

/**
 * What nodes reach beside the engine.
 *
 * @param credentials the secrets that nodes name
 * @param http the way out by HTTP; closed with it
 */
record Outside(NodeCredentials credentials, OutgoingHttp http) implements AutoCloseable {
  @Override
  public void close() {
    http.close();
  }

  /** Nothing at all. */
  static Outside none() {
    return new Outside(NodeCredentials.none(), OutgoingHttp.none());
  }

  /**
   * The real one.
   *
   * @param allowed hosts and networks that may be called though they are not public
   */
  static Outside of(NodeCredentials credentials, List<String> allowed) {
    return new Outside(
        credentials, new ApacheOutgoingHttp(OutgoingHttpSettings.DEFAULT.withAllowed(allowed)));
  }
}
