package dev.millrace.node;

import dev.millrace.workflow.WorkflowNode;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A node type's whole truth beside its behaviour. The catalogue, the docs, validation and the
 * editor's form are made from it.
 *
 * @param type full type name, such as {@code n8n-nodes-base.set}
 * @param displayName for people
 * @param description one sentence: what the node does
 * @param group such as {@code transform} or {@code trigger}
 * @param versions every {@code typeVersion} that the node runs, ascending
 * @param maxNodes how many a workflow may have, 0 for any number
 * @param ports the ports for a stored node and its parameters with defaults filled in
 * @param properties the parameters, of all versions
 * @param credentials names of the credential types that it can use
 */
public record NodeSpec(
    String type,
    String displayName,
    String description,
    String group,
    List<Double> versions,
    int maxNodes,
    BiFunction<WorkflowNode, Map<String, @Nullable Object>, Ports> ports,
    List<Property> properties,
    List<String> credentials) {

  public NodeSpec {
    versions = List.copyOf(versions);
    properties = List.copyOf(properties);
    credentials = List.copyOf(credentials);
  }

  public static Builder type(String type) {
    return new Builder(type);
  }

  /** Assembles a spec; what is not said is one input, one output, version 1 and no parameters. */
  public static final class Builder {
    private final String type;
    private String displayName = "";
    private String description = "";
    private String group = "transform";
    private List<Double> versions = List.of(1.0);
    private int maxNodes;
    private BiFunction<WorkflowNode, Map<String, @Nullable Object>, Ports> ports =
        (node, parameters) -> Ports.ONE_TO_ONE;
    private List<Property> properties = List.of();
    private List<String> credentials = List.of();

    private Builder(String type) {
      this.type = type;
    }

    public Builder named(String name, String oneSentence) {
      this.displayName = name;
      this.description = oneSentence;
      return this;
    }

    public Builder group(String name) {
      this.group = name;
      return this;
    }

    public Builder versions(double... all) {
      this.versions = java.util.Arrays.stream(all).boxed().toList();
      return this;
    }

    public Builder maxNodes(int count) {
      this.maxNodes = count;
      return this;
    }

    public Builder ports(Ports fixed) {
      this.ports = (node, parameters) -> fixed;
      return this;
    }

    /** For ports that depend on the version or on parameters. */
    public Builder ports(BiFunction<WorkflowNode, Map<String, @Nullable Object>, Ports> dependent) {
      this.ports = dependent;
      return this;
    }

    public Builder properties(Property... all) {
      this.properties = List.of(all);
      return this;
    }

    public Builder properties(List<Property> all) {
      this.properties = all;
      return this;
    }

    public Builder credentials(String... names) {
      this.credentials = List.of(names);
      return this;
    }

    public NodeSpec build() {
      return new NodeSpec(
          type,
          displayName,
          description,
          group,
          versions,
          maxNodes,
          ports,
          properties,
          credentials);
    }
  }
}
