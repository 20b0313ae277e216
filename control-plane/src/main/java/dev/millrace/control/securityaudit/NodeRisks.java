package dev.millrace.control.securityaudit;

import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowNode;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a node puts at risk. Pure functions. */
final class NodeRisks {
  private static final String OFFICIAL = "n8n-nodes-base.";
  private static final String OFFICIAL_SCOPE = "@n8n/";

  private static final Set<String> QUERYING =
      Set.of(
          "n8n-nodes-base.crateDb",
          "n8n-nodes-base.microsoftSql",
          "n8n-nodes-base.mySql",
          "n8n-nodes-base.postgres",
          "n8n-nodes-base.questDb",
          "n8n-nodes-base.snowflake",
          "n8n-nodes-base.timescaleDb");

  private static final Set<String> FILES =
      Set.of(
          "n8n-nodes-base.localFileTrigger",
          "n8n-nodes-base.readBinaryFile",
          "n8n-nodes-base.readBinaryFiles",
          "n8n-nodes-base.readWriteFile",
          "n8n-nodes-base.writeBinaryFile");

  private static final Set<String> POWERFUL =
      Set.of(
          "n8n-nodes-base.code",
          "n8n-nodes-base.executeCommand",
          "n8n-nodes-base.ftp",
          "n8n-nodes-base.function",
          "n8n-nodes-base.functionItem",
          "n8n-nodes-base.git",
          "n8n-nodes-base.graphql",
          "n8n-nodes-base.httpRequest",
          "n8n-nodes-base.ssh");

  private static final Set<String> CALLED =
      Set.of("n8n-nodes-base.formTrigger", "n8n-nodes-base.webhook");

  private NodeRisks() {}

  /**
   * @param active whether the workflow can be started
   */
  static Set<Risk> of(WorkflowNode node, boolean active) {
    EnumSet<Risk> risks = EnumSet.noneOf(Risk.class);
    String type = node.type();
    if (QUERYING.contains(type) && hasExpression(node.parameters().get("query"))) {
      risks.add(Risk.EXPRESSION_IN_QUERY);
    }
    if (FILES.contains(type)) {
      risks.add(Risk.FILE_ACCESS);
    }
    if (CALLED.contains(type)
        && active
        && !node.disabled()
        && Objects.requireNonNullElse(node.parameters().get("authentication"), "none")
            .equals("none")) {
      risks.add(Risk.OPEN_WEBHOOK);
    }
    if (POWERFUL.contains(type)) {
      risks.add(Risk.POWERFUL_NODE);
    }
    if (!type.startsWith(OFFICIAL) && !type.startsWith(OFFICIAL_SCOPE)) {
      risks.add(Risk.FOREIGN_NODE);
    }
    return risks;
  }

  private static boolean hasExpression(@Nullable Object query) {
    return query != null && Json.text(query).contains("{{");
  }
}
