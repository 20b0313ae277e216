package dev.millrace.standalone.embedded;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One node of a small Kafka cluster on this machine, each of which is broker and controller.
 *
 * @param id from 1
 * @param clusterId the same for all nodes: 16 bytes in URL-safe Base64, as Kafka makes them
 * @param controllerPorts of all nodes, by their ids
 */
public record ClusterNode(int id, String clusterId, List<Integer> controllerPorts) {
  static final int SINGLE_ID = 1;
  private static final int MOST_REPLICAS = 3;

  public ClusterNode {
    controllerPorts = List.copyOf(controllerPorts);
    if (id < 1 || id > controllerPorts.size()) {
      throw new IllegalArgumentException("there is no port for node " + id);
    }
  }

  /** A node that is alone; its cluster has whatever id its directory was formatted with. */
  static ClusterNode single(int controllerPort) {
    return new ClusterNode(SINGLE_ID, "", List.of(controllerPort));
  }

  int controllerPort() {
    return controllerPorts.get(id - 1);
  }

  /**
   * {@code controller.quorum.voters}. A static voter set is read anew at each start, so the port of
   * a controller that is alone may change.
   */
  String voters() {
    return IntStream.rangeClosed(1, controllerPorts.size())
        .mapToObj(node -> node + "@127.0.0.1:" + controllerPorts.get(node - 1))
        .collect(Collectors.joining(","));
  }

  short replication() {
    return (short) Math.min(MOST_REPLICAS, controllerPorts.size());
  }
}
