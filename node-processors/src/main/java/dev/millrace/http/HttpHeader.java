package dev.millrace.http;

/** A header line. Names are compared without case. */
public record HttpHeader(String name, String value) {
  boolean is(String other) {
    return name.equalsIgnoreCase(other);
  }

  /** Values of headers may be secrets. */
  @Override
  public String toString() {
    return name;
  }
}
