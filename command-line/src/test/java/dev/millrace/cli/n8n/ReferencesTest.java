package dev.millrace.cli.n8n;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.api.JsonObject;
import dev.millrace.value.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReferencesTest {
  private static final String WORKFLOW =
      """
      {"name": "Caller",
       "nodes": [
         {"name": "Old", "type": "n8n-nodes-base.executeWorkflow", "parameters": {"workflowId": "7"}},
         {"name": "New", "type": "n8n-nodes-base.executeWorkflow", "parameters": {"workflowId":
           {"__rl": true, "mode": "list", "value": "7", "cachedResultUrl": "/workflow/7"}}},
         {"name": "By data", "parameters": {"workflowId": "={{ $json.id }}"}},
         {"name": "File", "parameters": {"source": "localFile", "workflowId": "8"}},
         {"name": "Off", "disabled": true, "parameters": {"workflowId": "9"},
          "credentials": {"x": {"id": "5", "name": "Off"}}},
         {"name": "Call", "parameters": {"amount": 7},
          "credentials": {"httpBasicAuth": {"id": "5", "name": "Shop"}}}],
       "settings": {"errorWorkflow": "7", "callerIds": "1, 7,12", "executionOrder": "v1"}}
      """;

  private static JsonObject parsed(String json) {
    return JsonObject.of(Json.parse(json));
  }

  @Test
  void everythingThatIsNamedByIdIsFound() {
    assertThat(References.workflows(parsed(WORKFLOW))).containsOnly(Map.entry("7", "node \"Old\""));
    assertThat(References.credentials(parsed(WORKFLOW)))
        .containsExactly(new References.Named("httpBasicAuth", "5", "Shop", "Call"));
  }

  @Test
  void otherIdsTakeTheirPlaceAndNothingElseChanges() {
    JsonObject before = parsed(WORKFLOW);

    Object after =
        References.rewritten(
            before.raw(),
            Map.of("7", "new7", "9", "new9"),
            named -> named.type().equals("httpBasicAuth") ? "new5" : "");

    assertThat(after)
        .isEqualTo(
            parsed(
                    WORKFLOW
                        .replace("\"workflowId\": \"7\"", "\"workflowId\": \"new7\"")
                        .replace("\"value\": \"7\"", "\"value\": \"new7\"")
                        .replace("/workflow/7", "/workflow/new7")
                        .replace("\"workflowId\": \"9\"", "\"workflowId\": \"new9\"")
                        .replace("\"errorWorkflow\": \"7\"", "\"errorWorkflow\": \"new7\"")
                        .replace("1, 7,12", "1,new7,12")
                        .replace(
                            "\"id\": \"5\", \"name\": \"Shop\"",
                            "\"id\": \"new5\", \"name\": \"Shop\""))
                .raw());
    assertThat(before).isEqualTo(parsed(WORKFLOW));
  }

  @Test
  void whatHasNoOtherIdStaysAsItIs() {
    JsonObject before = parsed(WORKFLOW);
    assertThat(References.rewritten(before.raw(), Map.of("70", "x"), named -> ""))
        .isEqualTo(before.raw());
    assertThat(References.rewritten(Map.of(), Map.of("7", "x"), named -> "")).isEmpty();
  }
}
