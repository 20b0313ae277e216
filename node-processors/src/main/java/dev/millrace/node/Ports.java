package dev.millrace.node;

import java.util.List;

/**
 * The main ports of a node with given parameters.
 *
 * @param inputs number of main inputs
 * @param outputs number of main outputs, without the error output
 * @param required which inputs must have data before the node may run early
 */
public record Ports(int inputs, int outputs, Required required) {

  /** One input, one output. */
  public static final Ports ONE_TO_ONE = new Ports(1, 1, Required.none());

  /** A trigger: no input, one output. */
  public static final Ports TRIGGER = new Ports(0, 1, Required.none());

  public static Ports of(int inputs, int outputs) {
    return new Ports(inputs, outputs, Required.none());
  }

  /** What must be filled before a waiting node is released with the rest of its inputs empty. */
  public sealed interface Required {
    static Required none() {
      return new None();
    }

    /** No requirement. */
    record None() implements Required {}

    /** At least that many inputs. */
    record AtLeast(int count) implements Required {}

    /** These inputs. */
    record Inputs(List<Integer> indexes) implements Required {}
  }
}
