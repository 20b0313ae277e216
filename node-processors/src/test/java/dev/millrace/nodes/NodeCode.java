package dev.millrace.nodes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.millrace.node.NodeProcessor;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** The classes of this module, without its tests. */
public final class NodeCode {
  private NodeCode() {}

  public static JavaClasses read() throws URISyntaxException {
    return new ClassFileImporter()
        .importPath(
            Path.of(
                NodeProcessor.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
  }
}
