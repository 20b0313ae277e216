package dev.millrace.control.publicapi;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.control.securityaudit.Risk;
import dev.millrace.control.securityaudit.SecurityAudit;
import dev.millrace.control.securityaudit.SecurityAudit.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The security audit. */
final class PublicAudit {
  private static final int DAYS_ABANDONED = 90;
  private static final int MOST_DAYS = 36_500;

  private static final Schema REPORT =
      Schema.object()
          .must("risk", Schema.text())
          .must(
              "sections",
              Schema.listOf(
                  Schema.object()
                      .must("title", Schema.text())
                      .must("description", Schema.text())
                      .must("recommendation", Schema.text())
                      .must("location", Schema.listOf(Schema.free()))))
          .named("PublicSecurityReport");

  private final Database database;
  private final SecurityAudit audit;

  PublicAudit(Database database, SecurityAudit audit) {
    this.database = database;
    this.audit = audit;
  }

  List<Endpoint> endpoints() {
    List<String> categories =
        Arrays.stream(Risk.Category.values()).map(Risk.Category::text).toList();
    return List.of(
        PublicEndpoint.installation(
                "POST",
                "/audit",
                "audit.generate",
                "Looks for what puts the installation at risk",
                Scope.AUDIT_READ,
                this::report)
            .takes(
                Schema.object()
                    .may(
                        "additionalOptions",
                        Schema.object()
                            .may("daysAbandonedWorkflow", Schema.whole(1, MOST_DAYS))
                            .may("categories", Schema.listOf(Schema.oneOf(categories)))))
            .gives(Schema.mapOf(REPORT)));
  }

  private Answer report(Call call) {
    Map<?, ?> options =
        call.body().get("additionalOptions") instanceof Map<?, ?> given ? given : Map.of();
    int days =
        options.get("daysAbandonedWorkflow") instanceof Double number
            ? number.intValue()
            : DAYS_ABANDONED;
    Set<Risk.Category> categories = categories(options.get("categories"));
    database
        .jdbi()
        .useHandle(
            handle -> Audit.note(handle, call, "installation.securityAudit", "", "", Map.of()));
    Map<Risk, List<Place>> found = audit.run(categories, Duration.ofDays(days));
    Map<String, @Nullable Object> reports = new LinkedHashMap<>();
    for (Risk.Category category : categories) {
      List<Map<String, @Nullable Object>> sections = new ArrayList<>();
      found.forEach((risk, places) -> {
        if (risk.category() == category) {
          sections.add(section(risk, places));
        }
      });
      if (!sections.isEmpty()) {
        Map<String, @Nullable Object> report = new LinkedHashMap<>();
        report.put("risk", category.text());
        report.put("sections", sections);
        reports.put(title(category), report);
      }
    }
    return Answer.ok(reports);
  }

  private static Set<Risk.Category> categories(@Nullable Object named) {
    EnumSet<Risk.Category> categories = EnumSet.noneOf(Risk.Category.class);
    if (named instanceof List<?> list) {
      Arrays.stream(Risk.Category.values())
          .filter(category -> list.contains(category.text()))
          .forEach(categories::add);
    }
    return categories.isEmpty() ? EnumSet.allOf(Risk.Category.class) : categories;
  }

  private static String title(Risk.Category category) {
    return switch (category) {
      case CREDENTIALS -> "Credentials Risk Report";
      case DATABASE -> "Database Risk Report";
      case FILESYSTEM -> "Filesystem Risk Report";
      case INSTANCE -> "Instance Risk Report";
      case NODES -> "Nodes Risk Report";
    };
  }

  private static Map<String, @Nullable Object> section(Risk risk, List<Place> places) {
    Map<String, @Nullable Object> section = new LinkedHashMap<>();
    section.put("title", risk.title());
    section.put("description", risk.description());
    section.put("recommendation", risk.recommendation());
    section.put("location", places.stream().map(PublicAudit::location).toList());
    return section;
  }

  private static Map<String, @Nullable Object> location(Place place) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    switch (place) {
      case Place.AtNode node -> {
        json.put("kind", "node");
        json.put("workflowId", node.workflowId());
        json.put("workflowName", node.workflowName());
        json.put("nodeId", node.id());
        json.put("nodeName", node.name());
        json.put("nodeType", node.type());
      }
      case Place.InCredential credential -> {
        json.put("kind", "credential");
        json.put("id", credential.id());
        json.put("name", credential.name());
      }
    }
    return json;
  }
}
