package dev.millrace.topology;

import dev.millrace.avro.VariablesRecord;
import dev.millrace.avro.WorkflowProjectRecord;
import dev.millrace.engine.Plan;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.DefinitionKeys;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * The variables that executions begin with, from the definitions store: those of the installation
 * and, over them, those of the workflow's project. Belongs to one stream thread.
 */
final class PublishedVariables {
  private final Definitions.Lookup store;
  private final Deserializer<VariablesRecord> variables;
  private final Deserializer<WorkflowProjectRecord> projects;

  PublishedVariables(Definitions.Lookup store, MillraceSerdes serdes) {
    this.store = store;
    this.variables = serdes.serde(VariablesRecord.class).deserializer();
    this.projects = serdes.serde(WorkflowProjectRecord.class).deserializer();
  }

  /**
   * Those that an execution may ask for, as they are now.
   *
   * @throws dev.millrace.error.MillraceException when what is published of them cannot be read
   */
  Map<String, String> of(String workflowId, Plan plan) {
    if (!plan.usesVariables()) {
      return Map.of();
    }
    Map<String, String> values = new HashMap<>(values(""));
    byte[] project = store.get(DefinitionKeys.project(workflowId));
    if (project != null) {
      values.putAll(values(projects.deserialize("", project).getProjectId()));
    }
    return Map.copyOf(plan.variables(values));
  }

  private Map<String, String> values(String project) {
    byte[] stored = store.get(DefinitionKeys.variables(project));
    return stored == null ? Map.of() : variables.deserialize("", stored).getValues();
  }
}
