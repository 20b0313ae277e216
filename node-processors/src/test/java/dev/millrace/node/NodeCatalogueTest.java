package dev.millrace.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.nodes.flow.NoOpNode;
import dev.millrace.nodes.flow.SwitchNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeCatalogueTest {
  @Test
  void findsNodesByTheirFullType() {
    NodeCatalogue catalogue = CatalogueForTests.discover();
    assertThat(catalogue.find("n8n-nodes-base.switch")).get().isInstanceOf(SwitchNode.class);
    assertThat(catalogue.find("n8n-nodes-base.nothing")).isEmpty();
    assertThat(catalogue.all())
        .allSatisfy(node -> assertThat(catalogue.find(node.spec().type())).containsSame(node));
  }

  @Test
  void twoNodesOfOneTypeAreAnErrorThatNamesBoth() {
    assertThatThrownBy(() -> NodeCatalogue.of(List.of(new NoOpNode(), new NoOpNode())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("n8n-nodes-base.noOp")
        .hasMessageContaining("NoOpNode");
  }
}
