package dev.millrace.control.securityaudit;

import dev.millrace.control.db.Database;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks through all workflows and credentials for what puts the installation at risk. Each workflow
 * that runs is looked at as it runs, others as they were saved last; those that are archived are
 * left out. Thread-safe; reads every document once.
 */
public final class SecurityAudit {
  /** Of one kind: whoever has more has enough to do. */
  private static final int MOST_PLACES = 1_000;

  /** Documents that the database hands over at a time. */
  private static final int AT_ONCE = 50;

  private final Database database;
  private final Runs runs;
  private final InstantSource clock;

  /** Knows what ran. */
  @FunctionalInterface
  public interface Runs {
    /** Whether an execution of a workflow began at a moment or later. */
    boolean since(String workflowId, Instant from);
  }

  /** Where a risk is. */
  public sealed interface Place {
    /** At a node. */
    record AtNode(String workflowId, String workflowName, String id, String name, String type)
        implements Place {}

    /** In a credential. */
    record InCredential(String id, String name) implements Place {}
  }

  public SecurityAudit(Database database, Runs runs, InstantSource clock) {
    this.database = database;
    this.runs = runs;
    this.clock = clock;
  }

  /**
   * Looks for the risks of some categories.
   *
   * @param abandoned how long nothing ran of a workflow that counts as abandoned
   * @return where each is that was found, at most 1,000 places of each
   */
  public Map<Risk, List<Place>> run(Set<Risk.Category> categories, Duration abandoned) {
    Found found = new Found(categories);
    database
        .reads()
        // A cursor lives as long as its transaction.
        .useTransaction(handle -> {
          try (Stream<Seen> workflows =
              handle
                  .createQuery(
                      "select w.id, w.name, w.published_version is not null as active,"
                          + " coalesce(v.document, w.document) as document from workflow w left"
                          + " join workflow_version v on v.workflow_id = w.id and v.version ="
                          + " w.published_version where not w.archived order by w.name, w.id")
                  .setFetchSize(AT_ONCE)
                  .map((row, context) -> seen(row))
                  .stream()) {
            workflows.forEach(found::look);
          }
        });
    if (categories.contains(Risk.Category.CREDENTIALS)) {
      credentials(found, clock.instant().minus(abandoned));
    }
    return found.places;
  }

  private record Seen(String id, String name, boolean active, WorkflowDocument document) {}

  private static Seen seen(ResultSet row) throws SQLException {
    return new Seen(
        row.getString("id"),
        row.getString("name"),
        row.getBoolean("active"),
        WorkflowDocument.parse(row.getString("document").getBytes(StandardCharsets.UTF_8)));
  }

  private void credentials(Found found, Instant recent) {
    Map<String, Boolean> ran = new HashMap<>();
    database
        .reads()
        .withHandle(handle ->
            handle
                .createQuery("select id, name, type from credential order by name, id")
                .map((row, context) ->
                    new Known(row.getString("id"), row.getString("name"), row.getString("type")))
                .list())
        .forEach(credential ->
            risk(found, credential, id -> ran.computeIfAbsent(id, one -> runs.since(one, recent)))
                .ifPresent(risk ->
                    found.add(risk, new Place.InCredential(credential.id(), credential.name()))));
  }

  private record Known(String id, String name, String type) {}

  /** Says whether a workflow ran. */
  private interface Ran {
    boolean recently(String workflowId);
  }

  private static Optional<Risk> risk(Found found, Known credential, Ran ran) {
    Usage byId = found.used.getOrDefault(credential.id(), Usage.NONE);
    Usage byName =
        found.used.getOrDefault(Found.named(credential.type(), credential.name()), Usage.NONE);
    if (!byId.used() && !byName.used()) {
      return Optional.of(Risk.UNUSED_CREDENTIAL);
    }
    if (byId.active().isEmpty() && byName.active().isEmpty()) {
      return Optional.of(Risk.IDLE_CREDENTIAL);
    }
    return Stream.concat(byId.active().stream(), byName.active().stream()).anyMatch(ran::recently)
        ? Optional.empty()
        : Optional.of(Risk.ABANDONED_CREDENTIAL);
  }

  /**
   * Who has a credential.
   *
   * @param active ids of those workflows that are
   */
  private record Usage(boolean used, Set<String> active) {
    static final Usage NONE = new Usage(false, Set.of());
  }

  /** What was found so far. One thread. */
  private static final class Found {
    private final Set<Risk.Category> categories;
    private final Map<Risk, List<Place>> places = new EnumMap<>(Risk.class);

    /** By the ids of credentials, and by type and name for those that are named so. */
    private final Map<String, Usage> used = new HashMap<>();

    Found(Set<Risk.Category> categories) {
      this.categories = Set.copyOf(categories);
    }

    void add(Risk risk, Place place) {
      List<Place> known = places.computeIfAbsent(risk, first -> new ArrayList<>());
      if (known.size() < MOST_PLACES) {
        known.add(place);
      }
    }

    void look(Seen workflow) {
      for (WorkflowNode node : workflow.document().nodes()) {
        for (Risk risk : NodeRisks.of(node, workflow.active())) {
          if (categories.contains(risk.category())) {
            add(
                risk,
                new Place.AtNode(
                    workflow.id(), workflow.name(), node.id(), node.name(), node.type()));
          }
        }
        if (node.raw().get("credentials") instanceof Map<?, ?> credentials) {
          credentials.forEach((type, named) -> use(workflow, String.valueOf(type), named));
        }
      }
    }

    private void use(Seen workflow, String type, @Nullable Object named) {
      if (named instanceof Map<?, ?> credential) {
        // A workflow from elsewhere has an id that is none here, and a name that counts.
        if (credential.get("id") instanceof String id) {
          use(workflow, id);
        }
        if (credential.get("name") instanceof String name) {
          use(workflow, named(type, name));
        }
      }
    }

    private void use(Seen workflow, String key) {
      Usage usage = used.computeIfAbsent(key, first -> new Usage(true, new HashSet<>()));
      if (workflow.active()) {
        usage.active().add(workflow.id());
      }
    }

    static String named(String type, String name) {
      return type + "\n" + name;
    }
  }
}
