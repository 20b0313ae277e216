package dev.millrace.nodes.http;

import java.util.Set;

/**
 * What becomes of an answer.
 *
 * @param property where a text or a file is put
 * @param neverError whether a status of failure is an answer like any other
 * @param accepted statuses that are no failure in any case
 * @param full whether status and headers become part of the item
 * @param textFormat what the format of texts is called in the node's version
 */
record ResponseOptions(
    Format format,
    String property,
    boolean neverError,
    Set<Integer> accepted,
    boolean full,
    String textFormat) {
  /** How a body is read. */
  enum Format {
    AUTODETECT,
    FILE,
    JSON,
    TEXT
  }

  boolean accepts(int status) {
    return neverError || (status >= 200 && status < 300) || accepted.contains(status);
  }

  ResponseOptions accepting(Set<Integer> statuses) {
    return new ResponseOptions(format, property, neverError, statuses, full, textFormat);
  }
}
