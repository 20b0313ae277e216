package dev.millrace.expression.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.graalvm.polyglot.Source;

/** The scripts that make a context, read once; contexts of one engine share what is parsed. */
record Sources(Source luxon, Source extensions, Source runtime, Source code) {
  private static final String LUXON =
      "/META-INF/resources/webjars/luxon/3.7.2/build/global/luxon.min.js";

  static Sources load() {
    return new Sources(
        source("luxon.js", "(function(){" + read(LUXON) + "\nreturn luxon;})()"),
        source("extensions.js", read("/dev/millrace/expression/js/extensions.js")),
        source("runtime.js", read("/dev/millrace/expression/js/runtime.js")),
        source("code-runtime.js", read("/dev/millrace/expression/js/code.js")));
  }

  private static Source source(String name, String text) {
    return Source.newBuilder("js", text, name).buildLiteral();
  }

  private static String read(String resource) {
    try (InputStream in = Sources.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
