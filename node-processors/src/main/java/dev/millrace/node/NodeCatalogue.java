package dev.millrace.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Every node type that this process can run, by its full type name. A node is in the catalogue
 * because its class lies below {@code dev.millrace.nodes}; there is no list to add it to. Immutable
 * and shared between threads.
 */
public final class NodeCatalogue {
  private static final String PACKAGE = "dev.millrace.nodes";
  private static final String FOLDER = PACKAGE.replace('.', '/');

  private final Map<String, NodeProcessor> byType;

  private NodeCatalogue(Map<String, NodeProcessor> byType) {
    this.byType = byType;
  }

  /**
   * Finds and builds the nodes that lie beside this class, in its directory or jar.
   *
   * @throws IllegalStateException when two nodes claim one type, or a node class has not exactly
   *     one usable public constructor
   */
  public static NodeCatalogue discover(NodeServices services) {
    return of(
        classNames().stream()
            .map(NodeCatalogue::load)
            .filter(NodeCatalogue::isNode)
            .map(type -> build(type, services))
            .toList());
  }

  /** A catalogue of the given nodes, for tests and embedding. */
  public static NodeCatalogue of(Collection<? extends NodeProcessor> nodes) {
    Map<String, NodeProcessor> byType = new TreeMap<>();
    for (NodeProcessor node : nodes) {
      String type = node.spec().type();
      NodeProcessor other = byType.put(type, node);
      if (other != null) {
        throw new IllegalStateException(
            "two nodes have the type "
                + type
                + ": "
                + other.getClass().getName()
                + " and "
                + node.getClass().getName());
      }
    }
    return new NodeCatalogue(Collections.unmodifiableMap(byType));
  }

  /** The node of a full type name, such as {@code n8n-nodes-base.set}. */
  public Optional<NodeProcessor> find(String type) {
    return Optional.ofNullable(byType.get(type));
  }

  /** All nodes, by type name. */
  public Collection<NodeProcessor> all() {
    return byType.values();
  }

  private static List<String> classNames() {
    CodeSource source = NodeCatalogue.class.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    if (location == null) {
      throw new IllegalStateException("the nodes cannot be found: their code has no location");
    }
    try {
      Path place = Path.of(location.toURI());
      if (Files.isDirectory(place)) {
        return classNames(place);
      }
      try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + location), Map.of())) {
        return classNames(jar.getPath("/"));
      }
    } catch (URISyntaxException | IOException unreadable) {
      throw new IllegalStateException("the nodes cannot be read from " + location, unreadable);
    }
  }

  private static List<String> classNames(Path root) {
    Path folder = root.resolve(FOLDER);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> root.relativize(file).toString().replace('\\', '/'))
          .filter(file -> file.endsWith(".class") && file.indexOf('$') < 0)
          .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, NodeCatalogue.class.getClassLoader());
    } catch (ClassNotFoundException missing) {
      throw new IllegalStateException("the node class " + name + " cannot be loaded", missing);
    }
  }

  private static boolean isNode(Class<?> type) {
    return NodeProcessor.class.isAssignableFrom(type)
        && !type.isInterface()
        && !Modifier.isAbstract(type.getModifiers());
  }

  private static NodeProcessor build(Class<?> type, NodeServices services) {
    Constructor<?>[] constructors = type.getConstructors();
    if (constructors.length != 1) {
      throw new IllegalStateException(
          type.getName() + " has " + constructors.length + " public constructors instead of one");
    }
    Constructor<?> constructor = constructors[0];
    Class<?>[] wants = constructor.getParameterTypes();
    try {
      if (wants.length == 0) {
        return (NodeProcessor) constructor.newInstance();
      }
      if (wants.length == 1 && wants[0] == NodeServices.class) {
        return (NodeProcessor) constructor.newInstance(services);
      }
    } catch (InvocationTargetException failed) {
      throw new IllegalStateException(type.getName() + " cannot be built", failed.getCause());
    } catch (ReflectiveOperationException failed) {
      throw new IllegalStateException(type.getName() + " cannot be built", failed);
    }
    throw new IllegalStateException(
        "the constructor of " + type.getName() + " may take NodeServices or nothing");
  }
}
