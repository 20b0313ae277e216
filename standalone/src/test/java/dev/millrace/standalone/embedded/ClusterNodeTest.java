package dev.millrace.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterNodeTest {
  @Test
  void oneOfThreeReplicatesToAllAndWaitsForTwo() {
    ClusterNode second = new ClusterNode(2, "cluster", List.of(101, 102, 103));

    Map<String, Object> settings = BrokerSettings.of(Path.of("data"), 92, second);

    assertThat(settings)
        .containsEntry("node.id", "2")
        .containsEntry(
            "controller.quorum.voters", "1@127.0.0.1:101,2@127.0.0.1:102,3@127.0.0.1:103")
        .containsEntry("default.replication.factor", "3")
        .containsEntry("min.insync.replicas", "2")
        .containsEntry("transaction.state.log.min.isr", "2")
        .containsEntry("share.coordinator.state.topic.replication.factor", "3");
    assertThat(String.valueOf(settings.get("listeners"))).contains(":92,").endsWith(":102");
  }

  @Test
  void aNodeThatIsAloneReplicatesNothing() {
    assertThat(BrokerSettings.of(Path.of("data"), 92, ClusterNode.single(101)))
        .containsEntry("controller.quorum.voters", "1@127.0.0.1:101")
        .containsEntry("offsets.topic.replication.factor", "1")
        .containsEntry("min.insync.replicas", "1");
  }

  @Test
  void aNodeHasToBeOneOfThem() {
    assertThatThrownBy(() -> new ClusterNode(4, "cluster", List.of(101, 102, 103)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
