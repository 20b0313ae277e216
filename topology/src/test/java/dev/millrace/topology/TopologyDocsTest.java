package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeServices;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.FixedRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.streams.Topology;
import org.junit.jupiter.api.Test;

/** The pages that are generated from the topology are as the topology is. */
class TopologyDocsTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("millrace.home", "..")).resolve("docs");

  private final NodeCatalogue catalogue =
      NodeCatalogue.discover(new NodeServices(new ConstantExpressions()));
  private final Topology topology =
      MillraceTopology.build(
          new EngineParts(
              EngineSettings.of("nowhere:1", Path.of("unused")),
              catalogue,
              new ConstantExpressions(),
              new MillraceSerdes(new FixedRegistry())));

  @Test
  void thePictureOfTheTopologyIsCurrent() throws IOException {
    check("topology.md", TopologyDocs.topology(topology.describe(), catalogue));
  }

  @Test
  void thePictureOfTheLifecycleIsCurrent() throws IOException {
    check("execution-lifecycle.md", TopologyDocs.lifecycle());
  }

  @Test
  void everyNodeTypeIsAProcessor() {
    String described = topology.describe().toString();
    for (NodeProcessor node : catalogue.all()) {
      assertThat(described).contains("Processor: node:" + node.spec().type() + " ");
    }
  }

  private static void check(String page, String rendered) throws IOException {
    if (Boolean.getBoolean("millrace.docs.write")) {
      Files.createDirectories(FOLDER);
      Files.writeString(FOLDER.resolve(page), rendered);
    }
    assertThat(FOLDER.resolve(page))
        .as("regenerate with -Dtest=TopologyDocsTest -Dmillrace.docs.write=true")
        .exists()
        .hasContent(rendered);
  }
}
