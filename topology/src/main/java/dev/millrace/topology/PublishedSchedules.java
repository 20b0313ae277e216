package dev.millrace.topology;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.schedule.NodeSchedule;
import dev.millrace.schedule.ScheduleRule;
import dev.millrace.serde.ItemRecords;
import dev.millrace.workflow.WorkflowDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schedules of workflow versions, read once for all tasks of this process. Thread-safe, apart
 * from the deserializer that each caller brings.
 */
final class PublishedSchedules {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedSchedules.class);

  private final NodeCatalogue catalogue;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  private record Known(int version, List<PublishedSchedule> schedules) {}

  PublishedSchedules(NodeCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * What an entry of the definitions store says.
   *
   * @return the schedules of a workflow's current version, none when it is not active; empty as a
   *     whole where the entry is of another kind or cannot be read
   */
  Optional<List<PublishedSchedule>> read(
      String key, byte[] value, Deserializer<DefinitionRecord> deserializer) {
    DefinitionRecord definition;
    try {
      definition = deserializer.deserialize("", value);
    } catch (MillraceException unreadable) {
      LOG.warn("definition {} cannot be read: {}", key, unreadable.text());
      return Optional.empty();
    }
    if (!definition.getWorkflowId().equals(key)) {
      return Optional.empty();
    }
    if (!definition.getActive()) {
      return Optional.of(List.of());
    }
    Known before = known.get(key);
    if (before == null || before.version() != definition.getVersion()) {
      before = new Known(definition.getVersion(), schedules(definition));
      known.put(key, before);
    }
    return Optional.of(before.schedules());
  }

  private List<PublishedSchedule> schedules(DefinitionRecord definition) {
    String workflowId = definition.getWorkflowId();
    List<PublishedSchedule> schedules = new ArrayList<>();
    try {
      WorkflowDocument workflow = WorkflowDocument.parse(ItemRecords.bytes(definition.getJson()));
      for (NodeSchedule node : NodeSchedule.of(workflowId, workflow, catalogue)) {
        for (ScheduleRule rule : node.schedule().rules()) {
          schedules.add(
              new PublishedSchedule(
                  workflowId,
                  definition.getVersion(),
                  definition.getPublishedAt(),
                  workflow.zone(),
                  node,
                  rule));
        }
      }
      return List.copyOf(schedules);
    } catch (MillraceException broken) {
      LOG.error(
          "version {} of workflow {} does not fire by schedule: {} {}",
          definition.getVersion(),
          workflowId,
          broken.code().code(),
          broken.text());
      return List.of();
    }
  }
}
