package dev.millrace.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The behaviour data, which is read in place and may be absent. */
public final class SharedData {
  private SharedData() {}

  /** A file or folder of the data; skips the test where it is absent. */
  public static Path path(String relative) {
    Path path = Path.of(System.getProperty("millrace.shared", "../../shared")).resolve(relative);
    assumeTrue(Files.exists(path), "skipped: the behaviour data is absent, looked for " + path);
    return path;
  }
}
