package dev.millrace.standalone.embedded;

import java.util.List;
import java.util.Locale;

/**
 * An operating system on a kind of processor, by Java's names.
 *
 * @param system such as {@code Linux}
 * @param processor such as {@code amd64}
 */
record ServerPlatform(String system, String processor) {
  /** This machine. */
  static ServerPlatform current() {
    return new ServerPlatform(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /** Whether the servers that come along run on it. */
  boolean hasServers() {
    return system.equals("Linux")
        && List.of("amd64", "x86_64").contains(processor.toLowerCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return system + " on " + processor;
  }
}
