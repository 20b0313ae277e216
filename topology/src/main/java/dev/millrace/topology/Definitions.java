package dev.millrace.topology;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.engine.Plan;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.ItemRecords;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Plans by workflow and version, compiled when first used. A version never changes, so a cached
 * plan is never stale. Belongs to one stream thread.
 */
final class Definitions {
  private static final int CACHED_PLANS = 1_000;

  /** Reads the definitions store. */
  @FunctionalInterface
  interface Lookup {
    byte @Nullable [] get(String key);
  }

  private final Lookup store;
  private final Deserializer<DefinitionRecord> deserializer;
  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;
  private final Map<String, Plan> plans =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Plan> eldest) {
          return size() > CACHED_PLANS;
        }
      };

  Definitions(
      Lookup store,
      Deserializer<DefinitionRecord> deserializer,
      NodeCatalogue catalogue,
      ExpressionEngine expressions) {
    this.store = store;
    this.deserializer = deserializer;
    this.catalogue = catalogue;
    this.expressions = expressions;
  }

  /** The plan of a published version; empty while this instance has not seen the version. */
  Optional<Plan> published(String workflowId, int version) {
    String key = DefinitionKeys.version(workflowId, version);
    Plan cached = plans.get(key);
    if (cached == null) {
      byte[] value = store.get(key);
      if (value == null) {
        return Optional.empty();
      }
      cached = compile(document(deserializer.deserialize("", value).getJson()).withId(workflowId));
      plans.put(key, cached);
    }
    return Optional.of(cached);
  }

  /** The version that is published now; 0 when there is none. */
  int latest(String workflowId) {
    byte[] value = store.get(workflowId);
    return value == null ? 0 : deserializer.deserialize("", value).getVersion();
  }

  /**
   * The plan of a definition that came with the command.
   *
   * @throws dev.millrace.error.MillraceException when it is not a workflow
   */
  Plan inline(ByteBuffer json) {
    return compile(document(json));
  }

  private static WorkflowDocument document(ByteBuffer json) {
    return WorkflowDocument.parse(ItemRecords.bytes(json));
  }

  private Plan compile(WorkflowDocument document) {
    return Plan.compile(document, catalogue, expressions);
  }
}
