package dev.millrace.nodes;

import dev.millrace.binary.AllowedFolders;
import dev.millrace.binary.FileBinaryStore;
import dev.millrace.binary.FileTypes;
import dev.millrace.binary.StoreLimits;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeCredentials;
import dev.millrace.node.NodeServices;
import dev.millrace.workflow.WorkflowDocument;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs single nodes for files on the real store, with a folder that they may use. */
final class FileNodes implements AutoCloseable {
  static final FileTypes TYPES = FileTypes.load();

  private final TestJavaScript engine = new TestJavaScript("America/New_York");
  private final BinaryStore store;
  private final NodeCatalogue nodes;

  /**
   * @param folder gets {@code store} for the files of items, and {@code open} for the nodes
   */
  FileNodes(Path folder) {
    try {
      store = new FileBinaryStore(folder.resolve("store"), StoreLimits.DEFAULT, TYPES);
      Path open = Files.createDirectories(folder.resolve("open"));
      nodes =
          NodeCatalogue.discover(
              new NodeServices(
                  engine,
                  NodeCredentials.none(),
                  OutgoingHttp.none(),
                  store,
                  new AllowedFolders(List.of(open), List.of())));
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  List<Item> run(String type, double version, Map<String, ?> parameters, List<Item> input) {
    return run(type, version, parameters, input, "stopWorkflow");
  }

  /** With a node that makes error items of what fails. */
  List<Item> runGoingOn(String type, double version, Map<String, ?> parameters, List<Item> input) {
    return run(type, version, parameters, input, "continueRegularOutput");
  }

  private List<Item> run(
      String type, double version, Map<String, ?> parameters, List<Item> input, String onError) {
    EffectNode node = (EffectNode) nodes.find("n8n-nodes-base." + type).orElseThrow();
    Map<String, @Nullable Object> stored = new LinkedHashMap<>();
    stored.put("name", "Node");
    stored.put("type", node.spec().type());
    stored.put("typeVersion", version);
    stored.put("parameters", parameters);
    stored.put("onError", onError);
    WorkflowDocument workflow = WorkflowDocument.of(Map.of("nodes", List.of(stored)));
    FakeCall call =
        new FakeCall(
            node.spec(), workflow.nodes().getFirst(), input, new FakeExecution(workflow), engine);
    return Objects.requireNonNull(
        Objects.requireNonNull(FakeWorker.run(node, call).outputs()).getFirst());
  }

  BinaryData stored(byte[] content, String name) {
    try {
      return store.write("1", new ByteArrayInputStream(content), null, name);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** An item with one file in the field {@code data}. */
  Item item(byte[] content, String name) {
    return Item.of(Map.of("source", name)).withBinary(Map.of("data", stored(content, name)));
  }

  byte[] content(Item item, String field) {
    try (InputStream in = store.open(Objects.requireNonNull(item.binary().get(field)))) {
      return in.readAllBytes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void close() {
    engine.close();
  }
}
