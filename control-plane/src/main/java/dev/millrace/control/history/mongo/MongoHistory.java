package dev.millrace.control.history.mongo;

import static com.mongodb.client.model.Filters.and;
import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.exists;
import static com.mongodb.client.model.Filters.in;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Filters.or;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.MongoWriteException;
import com.mongodb.ReadConcern;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.CountOptions;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.WriteModel;
import com.mongodb.client.result.UpdateResult;
import dev.millrace.control.history.Changes;
import dev.millrace.control.history.ExecutionFilter;
import dev.millrace.control.history.ExecutionPage;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.History;
import dev.millrace.control.history.NodeRuns;
import dev.millrace.control.history.Position;
import dev.millrace.control.history.RetentionPolicy;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bson.BsonMaximumSizeExceededException;
import org.bson.Document;
import org.bson.conversions.Bson;

/**
 * The history in MongoDB, without transactions: executions are written first and positions after
 * them, so after a failure the same changes come again. That does nothing: each execution carries
 * the place of the last record that it holds and is only replaced by a later one, and one that was
 * removed leaves a stone with its place for an hour.
 */
public final class MongoHistory implements History {
  private static final int DUPLICATE_KEY = 11000;

  /** Longer than anybody who was replaced goes on to write. */
  private static final Duration STONES_KEPT = Duration.ofHours(1);

  private static final int PRUNED_AT_ONCE = 1_000;

  /** The server's code for a search that was given up. */
  private static final int TOO_LONG = 50;

  private static final Duration LONGEST_SEARCH = Duration.ofSeconds(10);
  private static final Bson NEWEST = Sorts.descending("startedAt", "_id");

  private final MongoCollection<Document> executions;
  private final MongoCollection<Document> runs;
  private final MongoCollection<Document> positions;
  private final InstantSource clock;

  /** Makes the indexes that are missing. */
  public MongoHistory(MongoDatabase database, InstantSource clock) {
    this.clock = clock;
    // What was told to be projected must not be taken back when a server is lost.
    MongoDatabase durable =
        database.withWriteConcern(WriteConcern.MAJORITY).withReadConcern(ReadConcern.MAJORITY);
    this.executions = durable.getCollection("execution");
    this.runs = durable.getCollection("execution_data");
    this.positions = durable.getCollection("history_position");
    translated(() -> {
      // The lists of everything, a workflow, a project, a status; nodes and custom data.
      for (String first : List.of("", "workflowId", "projectId", "status", "marks")) {
        Bson order = Indexes.descending("startedAt", "_id");
        executions.createIndex(
            first.isEmpty() ? order : Indexes.compoundIndex(Indexes.ascending(first), order));
      }
      executions.createIndex(Indexes.ascending("removedAt"));
      runs.createIndex(Indexes.ascending("executionId", "sequence"));
      return runs.createIndex(Indexes.ascending("startedAt"));
    });
  }

  @Override
  public Map<Integer, Position> positions() {
    return translated(() -> {
      Map<Integer, Position> all = new TreeMap<>();
      for (Document each : positions.find()) {
        all.put(
            each.getInteger("_id"),
            new Position(
                each.getLong("next"),
                ExecutionDocuments.instant(each, "eventAt"),
                ExecutionDocuments.instant(each, "caughtUpAt")));
      }
      return all;
    });
  }

  @Override
  public List<ExecutionRow> unfinished(Collection<String> ids) {
    return translated(() ->
        executions
            .find(and(in("_id", ids), exists("removedAt", false)))
            .map(ExecutionDocuments::read)
            .into(new ArrayList<>()));
  }

  @Override
  public void apply(Changes changes) {
    translated(() -> {
      Map<Integer, Position> now = positions();
      for (Changes.Advance advance : changes.advances()) {
        Position position = now.get(advance.partition());
        if ((position == null ? Position.NONE : position.next()) != advance.expected()) {
          throw moved(advance);
        }
      }
      List<ExecutionRow> written = new ArrayList<>(changes.created());
      written.addAll(changes.updated());
      runs(changes.runs());
      write(written);
      remove(changes.removed());
      discard(changes.discarded());
      changes.advances().forEach(this::advance);
      return changes;
    });
  }

  private void runs(List<NodeRuns> all) {
    List<WriteModel<Document>> writes = new ArrayList<>();
    for (NodeRuns each : all) {
      Document document = ExecutionDocuments.of(each);
      writes.add(
          new ReplaceOneModel<>(
              eq("_id", document.get("_id")), document, new ReplaceOptions().upsert(true)));
    }
    if (!writes.isEmpty()) {
      runs.bulkWrite(writes, new BulkWriteOptions().ordered(false));
    }
  }

  private void write(List<ExecutionRow> rows) {
    bulk(rows.stream().map(row -> replacement(row, ExecutionDocuments.of(row))).toList());
  }

  private void remove(List<ExecutionRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    // Before the stones, behind which nobody would look for them.
    runs.deleteMany(in("executionId", rows.stream().map(ExecutionRow::id).toList()));
    Instant now = clock.instant();
    bulk(rows.stream().map(row -> replacement(row, ExecutionDocuments.stone(row, now))).toList());
  }

  /** Removes what an attempt before this one wrote; mostly there is nothing. */
  private void discard(List<ExecutionRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    Bson those = in("_id", rows.stream().map(ExecutionRow::id).toList());
    List<String> there = ids(and(those, exists("removedAt", false)));
    remove(rows.stream().filter(row -> there.contains(row.id())).toList());
  }

  /** Replaces what is older; what is not is another document with the same id, and is refused. */
  private static WriteModel<Document> replacement(ExecutionRow row, Document document) {
    return new ReplaceOneModel<>(
        and(eq("_id", row.id()), lt("offset", row.changedBy().offset())),
        document,
        new ReplaceOptions().upsert(true));
  }

  private void bulk(List<WriteModel<Document>> writes) {
    if (writes.isEmpty()) {
      return;
    }
    try {
      executions.bulkWrite(writes, new BulkWriteOptions().ordered(false));
    } catch (MongoBulkWriteException partly) {
      boolean known =
          partly.getWriteErrors().stream().allMatch(error -> error.getCode() == DUPLICATE_KEY)
              && partly.getWriteConcernError() == null;
      if (!known) {
        throw partly;
      }
    }
  }

  private void advance(Changes.Advance advance) {
    if (advance.expected() == Position.NONE) {
      try {
        Document first = new Document("_id", advance.partition()).append("next", advance.next());
        positions.insertOne(times(first, advance));
      } catch (MongoWriteException already) {
        if (already.getCode() == DUPLICATE_KEY) {
          throw moved(advance);
        }
        throw already;
      }
      return;
    }
    Document set = times(new Document("next", advance.next()), advance);
    UpdateResult result =
        positions.updateOne(
            and(eq("_id", advance.partition()), eq("next", advance.expected())),
            new Document("$set", set));
    if (result.getMatchedCount() != 1) {
      throw moved(advance);
    }
  }

  private static Document times(Document document, Changes.Advance advance) {
    if (advance.eventAt() != null) {
      document.append("eventAt", Date.from(advance.eventAt()));
    }
    if (advance.caughtUpAt() != null) {
      document.append("caughtUpAt", Date.from(advance.caughtUpAt()));
    }
    return document;
  }

  private static MillraceException moved(Changes.Advance advance) {
    return new MillraceException(
        ErrorCode.HISTORY_POSITION_MOVED,
        "partition "
            + advance.partition()
            + " is no longer at offset "
            + advance.expected()
            + ": another control plane reads it");
  }

  @Override
  public Optional<ExecutionRow> find(Grant grant, String id) {
    return translated(() ->
        Optional.ofNullable(
                executions.find(and(eq("_id", id), ExecutionConditions.covered(grant))).first())
            .map(ExecutionDocuments::read));
  }

  @Override
  public List<NodeRuns> runs(ExecutionRow execution) {
    return translated(() ->
        runs.find(eq("executionId", execution.id()))
            .sort(Sorts.ascending("sequence"))
            .map(ExecutionDocuments::runs)
            .into(new ArrayList<>()));
  }

  @Override
  public ExecutionPage list(
      Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after, int limit) {
    Bson condition = ExecutionConditions.condition(grant, filter);
    Bson wanted =
        after.map(cursor -> and(condition, ExecutionConditions.behind(cursor))).orElse(condition);
    return translated(() ->
        ExecutionPage.of(
            executions
                .find(wanted)
                .sort(NEWEST)
                .limit(limit + 1)
                .maxTime(LONGEST_SEARCH.toMillis(), TimeUnit.MILLISECONDS)
                .map(ExecutionDocuments::read)
                .into(new ArrayList<>()),
            limit));
  }

  @Override
  public long count(Grant grant, ExecutionFilter filter, long most) {
    return translated(() ->
        executions.countDocuments(
            ExecutionConditions.condition(grant, filter),
            new CountOptions()
                .limit((int) most)
                .maxTime(LONGEST_SEARCH.toMillis(), TimeUnit.MILLISECONDS)));
  }

  @Override
  public int delete(Grant grant, Collection<String> ids) {
    return translated(() ->
        remove(
            and(in("_id", ids), ExecutionConditions.covered(grant), ExecutionConditions.over()),
            clock.instant(),
            ids.size()));
  }

  /** Leaves stones: what removed something may come again. */
  private int remove(Bson which, Instant now, int most) {
    List<ExecutionRow> rows =
        executions.find(which).limit(most).map(ExecutionDocuments::read).into(new ArrayList<>());
    int removed = 0;
    for (ExecutionRow row : rows) {
      runs.deleteMany(eq("executionId", row.id()));
      UpdateResult result =
          executions.replaceOne(
              and(eq("_id", row.id()), eq("offset", row.changedBy().offset())),
              ExecutionDocuments.stone(row, now));
      removed += (int) result.getModifiedCount();
    }
    return removed;
  }

  @Override
  public void moved(String workflowId, String projectId) {
    translated(() ->
        executions.updateMany(eq("workflowId", workflowId), Updates.set("projectId", projectId)));
  }

  @Override
  public void prepare(Instant now) {
    // Collections grow by themselves.
  }

  @Override
  public long prune(RetentionPolicy policy, Instant now) {
    return translated(() -> {
      long gone = 0;
      if (!policy.maxAge().isZero()) {
        Instant kept = now.minus(policy.maxAge()).truncatedTo(ChronoUnit.DAYS);
        gone += prune(lt("startedAt", Date.from(kept)));
      }
      if (policy.maxCount() > 0) {
        Document last =
            executions
                .find(and(ExecutionConditions.over(), exists("removedAt", false)))
                .sort(NEWEST)
                .skip(Math.toIntExact(policy.maxCount()))
                .first();
        if (last != null) {
          ExecutionRow newest = ExecutionDocuments.read(last);
          ExecutionPage.Cursor cursor = new ExecutionPage.Cursor(newest.startedAt(), newest.id());
          gone += prune(or(ExecutionConditions.behind(cursor), eq("_id", newest.id())));
        }
      }
      clear(now);
      return gone;
    });
  }

  /** Takes stones away, with what was written behind them by somebody who was late. */
  private void clear(Instant now) {
    Bson old = lt("removedAt", Date.from(now.minus(STONES_KEPT)));
    List<String> ids = ids(old);
    while (!ids.isEmpty()) {
      runs.deleteMany(in("executionId", ids));
      executions.deleteMany(and(in("_id", ids), old));
      ids = ids(old);
    }
  }

  private List<String> ids(Bson which) {
    return executions
        .find(which)
        .limit(PRUNED_AT_ONCE)
        .map(document -> document.getString("_id"))
        .into(new ArrayList<>());
  }

  /** Nothing of it comes again: it is far behind the positions, or would be pruned once more. */
  private long prune(Bson old) {
    long gone = 0;
    List<String> ids;
    do {
      ids = ids(and(old, ExecutionConditions.over(), exists("removedAt", false)));
      runs.deleteMany(in("executionId", ids));
      gone +=
          executions.deleteMany(and(in("_id", ids), ExecutionConditions.over())).getDeletedCount();
    } while (ids.size() == PRUNED_AT_ONCE);
    return gone;
  }

  private static <T> T translated(Supplier<T> work) {
    try {
      return Objects.requireNonNull(work.get());
    } catch (BsonMaximumSizeExceededException large) {
      throw new MillraceException(ErrorCode.HISTORY_RECORD_REFUSED, large.getMessage(), large);
    } catch (MongoBulkWriteException partly) {
      ErrorCode code =
          partly.getWriteErrors().isEmpty()
              ? ErrorCode.DATABASE_UNAVAILABLE
              : ErrorCode.HISTORY_RECORD_REFUSED;
      throw new MillraceException(code, partly.getMessage(), partly);
    } catch (MongoException failed) {
      ErrorCode code =
          failed.getCode() == TOO_LONG
              ? ErrorCode.HISTORY_SEARCH_TOO_BROAD
              : ErrorCode.DATABASE_UNAVAILABLE;
      throw new MillraceException(code, failed.getMessage(), failed);
    }
  }
}
