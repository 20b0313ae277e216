package dev.millrace.schedule;

/** What happens to slots that passed while nothing ran. */
public enum CatchUp {
  /** They are left out. */
  SKIP,
  /** Of each rule, the last one fires. */
  LAST,
  /** Of all rules of a node, the last one fires. */
  LAST_OF_NODE,
  /** They fire one after the other, the latest {@link #MOST} of each rule. */
  ALL;

  /** How many slots of a rule fire late at most. */
  public static final int MOST = 1_000;
}
