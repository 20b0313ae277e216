package dev.millrace.serde;

import org.apache.avro.util.ClassSecurityValidator;

/**
 * Tells Avro that it may instantiate our generated records. Avro refuses every class that it has
 * not been told to trust, and inside a consumer that refusal looks like a thread that died without
 * a word. This is the only place that widens the list: by exactly one package, next to whatever the
 * process trusts already.
 */
final class TrustedRecords {
  private static final String PACKAGE = "dev.millrace.avro";

  static {
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(), type -> type.getPackageName().equals(PACKAGE)));
  }

  private TrustedRecords() {}

  /** Has happened once this class is loaded; calling it again does nothing. */
  static void trust() {}
}
