package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeServices;
import dev.millrace.serde.ItemRecords;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Examples that take long or are large, with the real nodes and a clock that is moved by hand. */
class ExampleWorkflowsTest {
  private static final Path EXAMPLES = Path.of("../examples");

  private JsExpressionEngine expressions;
  private TopologyFixture topology;

  @BeforeEach
  void start(@TempDir Path folder) {
    expressions = new JsExpressionEngine();
    topology =
        new TopologyFixture(
            folder,
            Budget.DEFAULT,
            CrashMarker.none(),
            NodeCatalogue.discover(new NodeServices(expressions)),
            expressions);
  }

  @AfterEach
  void stop() {
    topology.close();
    expressions.close();
  }

  private void publish(String id) throws IOException {
    topology.publish(id, 1, Files.readAllBytes(EXAMPLES.resolve(id + ".json")));
  }

  private static StartExecution called(String workflow, Map<String, @Nullable Object> body) {
    return new StartExecution(
        workflow,
        1,
        null,
        "webhook",
        "Webhook",
        0,
        ItemRecords.of(List.of(Item.of(Map.of("body", body)))),
        null,
        true,
        null,
        TopologyFixture.CALLER,
        null);
  }

  @Test
  void aReminderComesAfterThreeDays() throws IOException {
    publish("reminder");
    topology.send("e-1", called("reminder", Map.of("what", "water the plants", "day", "Monday")));

    topology.advance(Duration.ofDays(3).minusSeconds(1));
    assertThat(topology.events()).noneMatch(Event.ExecutionEnded.class::isInstance);

    topology.advance(Duration.ofSeconds(1));
    ExecutionOutcome outcome = topology.outcome();
    assertThat(outcome.getLastNode()).isEqualTo("Reminder");
    assertThat(items(outcome).getFirst().json())
        .containsEntry("text", "Remember to water the plants, said on Monday");
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void anApprovalThatNobodyGivesTimesOutAfterTwoDays() throws IOException {
    publish("approval");
    topology.send("e-1", called("approval", Map.of("customer", "Ada", "total", 900.0)));
    assertThat(answer()).isEqualTo(TopologyFixture.RESUME_URL + "default/e-1");

    topology.advance(Duration.ofDays(2).minusSeconds(1));
    assertThat(topology.events()).noneMatch(Event.ExecutionEnded.class::isInstance);
    assertThat(topology.waitingBatches()).isPositive();

    topology.advance(Duration.ofSeconds(2));
    assertThat(decision()).containsExactly("Ada", "nobody decided in time");
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void anApprovalGoesOnWithTheCall() throws IOException {
    publish("approval");
    topology.send("e-1", called("approval", Map.of("customer", "Ada", "total", 900.0)));
    answer();
    topology.advance(Duration.ofDays(1));

    topology.send(
        "e-1",
        new ResumeExecution(
            1,
            ItemRecords.of(
                List.of(Item.of(Map.of("body", Map.of("approved", true, "by", "Grace"))))),
            null,
            new ReplyTo("ingress-1", "approver", 0),
            "outcome"));

    assertThat(decision()).containsExactly("Ada", "approved by Grace");
    assertThat(items(topology.outcome()).getFirst().json())
        .containsEntry("decision", "approved by Grace");
  }

  /** The URL in the only answer since the last look. */
  private String answer() {
    List<ReplyRecord> replies = topology.replies();
    assertThat(replies).hasSize(1);
    WebhookAnswer answer = (WebhookAnswer) replies.getFirst().getBody();
    assertThat(answer.getStatus()).isEqualTo(202);
    return String.valueOf(Json.parseObject(ItemRecords.bytes(answer.getBody())).get("approve"));
  }

  /** Customer and decision in the last node's run since the last look at the events. */
  private List<Object> decision() {
    return topology.events().stream()
        .filter(Event.NodeCompleted.class::isInstance)
        .map(event -> ((Event.NodeCompleted) event).run())
        .filter(run -> run.node().equals("Decision"))
        .flatMap(run -> Objects.requireNonNull(run.outputs().getFirst()).stream())
        .flatMap(item -> Stream.of(item.json().get("customer"), item.json().get("decision")))
        .toList();
  }

  @Test
  void aThousandParcelsArePricedByAThousandExecutions() throws IOException {
    publish("parcels");
    publish("parcel-price");
    List<Map<String, Object>> parcels =
        IntStream.range(0, 1_000)
            .mapToObj(i -> Map.<String, Object>of("to", "door " + i, "kilos", (double) i))
            .toList();

    topology.send("e-1", called("parcels", Map.of("parcels", parcels)));

    ExecutionOutcome outcome = topology.outcome();
    assertThat(outcome.getStatus()).isEqualTo("success");
    List<Item> answers = items(outcome);
    assertThat(answers).hasSize(1_000);
    assertThat(answers.get(10).json()).isEqualTo(Map.of("to", "door 10", "price", 19.0));
    assertThat(answers.get(999).json()).isEqualTo(Map.of("to", "door 999", "price", 1502.5));
    assertThat(topology.batches().stream().map(batch -> batch.getExecutionId()).distinct())
        .hasSize(1_001);
    assertThat(topology.waitingBatches()).isZero();
  }

  private Map<String, @Nullable Object> feed(String executionId, Integer... ids) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (int id : ids) {
      entries.add(Map.of("id", (double) id, "title", "Entry " + id));
    }
    topology.send(executionId, called("feed", Map.of("entries", entries)));
    return items(topology.outcome()).getFirst().json();
  }

  @Test
  void anEntryOfAFeedIsPassedOnOnce() throws IOException {
    publish("feed");

    assertThat(feed("e-1", 1, 2))
        .isEqualTo(Map.of("headlines", List.of("Entry 1", "Entry 2"), "entriesSoFar", 2.0));
    assertThat(feed("e-2", 1, 2)).isEqualTo(Map.of("headlines", List.of(), "entriesSoFar", 2.0));
    assertThat(feed("e-3", 2, 3))
        .isEqualTo(Map.of("headlines", List.of("Entry 3"), "entriesSoFar", 3.0));
    assertThat(topology.waitingBatches()).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void codeWithStaticDataSeesTheNodesBeforeIt() {
    topology.publish(
        "looks",
        1,
        """
        {"nodes": [
          {"id": "w", "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
           "position": [0, 0], "parameters": {"path": "looks"}},
          {"id": "l", "name": "Limit", "type": "n8n-nodes-base.limit", "typeVersion": 1,
           "position": [1, 0], "parameters": {}},
          {"id": "c", "name": "Code", "type": "n8n-nodes-base.code", "typeVersion": 2,
           "position": [2, 0], "parameters": {"jsCode":
             "const d = $getWorkflowStaticData('node'); d.last = $('Webhook').first().json.body.who; $execution.customData.set('who', d.last); return [{json: {last: d.last, via: $('Limit').first().json.body.who, workflow: $workflow.id}}];"}},
          {"id": "e", "name": "After", "type": "n8n-nodes-base.code", "typeVersion": 2,
           "position": [3, 0], "parameters": {"jsCode":
             "return [{json: {...$json, who: $execution.customData.get('who')}}];"}}],
         "connections": {
          "Webhook": {"main": [[{"node": "Limit", "type": "main", "index": 0}]]},
          "Limit": {"main": [[{"node": "Code", "type": "main", "index": 0}]]},
          "Code": {"main": [[{"node": "After", "type": "main", "index": 0}]]}},
         "settings": {"executionOrder": "v1"}, "id": "looks"}
        """
            .getBytes(StandardCharsets.UTF_8));

    topology.send("e-1", called("looks", Map.of("who", "Ada")));

    assertThat(items(topology.outcome()).getFirst().json())
        .isEqualTo(Map.of("last", "Ada", "via", "Ada", "workflow", "looks", "who", "Ada"));
  }

  @Test
  void aRunByHandSeesItsOwnStaticDataInLaterNodesAndKeepsNone() {
    byte[] twice =
        """
        {"nodes": [
          {"id": "w", "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
           "position": [0, 0], "parameters": {"path": "twice"}},
          {"id": "a", "name": "A", "type": "n8n-nodes-base.code", "typeVersion": 2,
           "position": [1, 0], "parameters": {"jsCode":
             "const d = $getWorkflowStaticData('global'); d.n = (d.n ?? 0) + 1; return [{json: {n: d.n}}];"}},
          {"id": "b", "name": "B", "type": "n8n-nodes-base.code", "typeVersion": 2,
           "position": [2, 0], "parameters": {"jsCode":
             "const d = $getWorkflowStaticData('global'); d.n = (d.n ?? 0) + 1; return [{json: {n: d.n}}];"}}],
         "connections": {
          "Webhook": {"main": [[{"node": "A", "type": "main", "index": 0}]]},
          "A": {"main": [[{"node": "B", "type": "main", "index": 0}]]}},
         "settings": {"executionOrder": "v1"}, "id": "twice"}
        """
            .getBytes(StandardCharsets.UTF_8);
    topology.publish("twice", 1, twice);
    StartExecution byHand = called("twice", Map.of());
    byHand.setMode("manual");

    topology.send("e-1", called("twice", Map.of()));
    assertThat(items(topology.outcome()).getFirst().json()).isEqualTo(Map.of("n", 2.0));
    topology.send("e-2", byHand);
    assertThat(items(topology.outcome()).getFirst().json()).isEqualTo(Map.of("n", 4.0));
    topology.send("e-3", byHand);
    assertThat(items(topology.outcome()).getFirst().json()).isEqualTo(Map.of("n", 4.0));
    topology.send("e-4", called("twice", Map.of()));
    assertThat(items(topology.outcome()).getFirst().json()).isEqualTo(Map.of("n", 4.0));
  }

  private static List<Item> items(ExecutionOutcome outcome) {
    return ItemRecords.toItems(Objects.requireNonNull(outcome.getOutputs().getFirst().getItems()));
  }
}
