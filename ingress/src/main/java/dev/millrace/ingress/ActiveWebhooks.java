package dev.millrace.ingress;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.ItemRecords;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The webhooks of every published workflow, brought up to date by one record of the definitions
 * topic after the other. Belongs to one thread.
 */
final class ActiveWebhooks {
  private record Compiled(List<Webhook> webhooks, List<WebhookProblem> problems) {}

  private final WebhookExpressions expressions;
  private final Map<String, Compiled> current = new HashMap<>();
  private final Map<String, Long> firstPublished = new HashMap<>();

  ActiveWebhooks(WebhookExpressions expressions) {
    this.expressions = expressions;
  }

  /**
   * Takes one record of the topic.
   *
   * @param definition null withdraws the workflow that the key names
   */
  void apply(String key, @Nullable DefinitionRecord definition) {
    if (definition == null) {
      if (current.remove(key) != null) {
        firstPublished.remove(key);
      }
      return;
    }
    String workflowId = definition.getWorkflowId();
    // The records of the single versions stay for good, so this is the same after a restart.
    firstPublished.merge(workflowId, definition.getPublishedAt().toEpochMilli(), Math::min);
    if (key.equals(workflowId)) {
      if (definition.getActive()) {
        current.put(workflowId, compile(definition));
      } else {
        current.remove(workflowId);
      }
    }
  }

  WebhookRoutes routes() {
    List<WebhookRoutes.Published> published = new ArrayList<>();
    List<WebhookProblem> problems = new ArrayList<>();
    current.forEach((workflowId, compiled) -> {
      long since = firstPublished.getOrDefault(workflowId, Long.MAX_VALUE);
      published.add(new WebhookRoutes.Published(workflowId, since, compiled.webhooks()));
      problems.addAll(compiled.problems());
    });
    return WebhookRoutes.of(published, problems);
  }

  private Compiled compile(DefinitionRecord definition) {
    String workflowId = definition.getWorkflowId();
    List<Webhook> webhooks = new ArrayList<>();
    List<WebhookProblem> problems = new ArrayList<>();
    try {
      WorkflowDocument document = WorkflowDocument.parse(ItemRecords.bytes(definition.getJson()));
      for (WorkflowNode node : document.nodes()) {
        if (node.type().equals(Webhook.NODE_TYPE) && !node.disabled()) {
          try {
            webhooks.add(
                Webhook.of(workflowId, definition.getVersion(), document, node, expressions));
          } catch (MillraceException cannotBeServed) {
            problems.add(
                new WebhookProblem(
                    workflowId, node.name(), cannotBeServed.code(), cannotBeServed.text()));
          }
        }
      }
    } catch (MillraceException unreadable) {
      problems.add(new WebhookProblem(workflowId, "", unreadable.code(), unreadable.text()));
    }
    return new Compiled(List.copyOf(webhooks), List.copyOf(problems));
  }
}
