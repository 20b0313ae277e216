package dev.millrace.cli;

/** Asks whoever runs the command: a person at a terminal, or a script that writes lines. */
public interface Prompt {
  /** Whether a person can be asked. */
  boolean atTerminal();

  /**
   * A line.
   *
   * @param question for a person
   * @throws dev.millrace.error.MillraceException {@code WRONG_USE} when there is none
   */
  String line(String question);

  /**
   * A line that is not shown while it is typed.
   *
   * @throws dev.millrace.error.MillraceException {@code WRONG_USE} when there is none
   */
  String secret(String question);

  /**
   * A line of what is piped in, also where a person is at a terminal.
   *
   * @throws dev.millrace.error.MillraceException {@code WRONG_USE} when there is none
   */
  String piped(String what);
}
