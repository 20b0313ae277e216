package dev.millrace.control.http;

import java.io.IOException;

/** The body of a request that was not read yet. */
@FunctionalInterface
interface Body {
  /**
   * @param most bytes that are taken; one that is larger is cut off behind the next
   * @throws IOException when it does not arrive
   */
  byte[] read(int most) throws IOException;
}
